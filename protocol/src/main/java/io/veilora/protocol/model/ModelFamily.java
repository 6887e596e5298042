package io.veilora.protocol.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The model families that are computed exactly, by the name of their architecture in {@code config.json}, with what
 * {@code transformers} assumes for a field that the file leaves out.
 */
enum ModelFamily {
    LLAMA("LlamaForCausalLM", "Llama 2, 3, 3.1 and 3.2, TinyLlama, SmolLM2", 2048),
    MISTRAL("MistralForCausalLM", "Mistral", 131072),
    QWEN2("Qwen2ForCausalLM", "Qwen2, Qwen2.5", 32768),
    QWEN3("Qwen3ForCausalLM", "Qwen3", 32768);

    final String architecture;
    final int contextLength;
    private final String models;

    ModelFamily(String architecture, String models, int contextLength) {
        this.architecture = architecture;
        this.models = models;
        this.contextLength = contextLength;
    }

    static Optional<ModelFamily> of(String architecture) {
        return Arrays.stream(values())
                .filter(family -> family.architecture.equals(architecture))
                .findFirst();
    }

    /** For a person: every architecture and the models that have it. */
    static String supported() {
        return Arrays.stream(values())
                .map(family -> family.architecture + " (" + family.models + ")")
                .collect(Collectors.joining(", "));
    }
}
