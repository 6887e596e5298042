package io.veilora.functions.bench;

import io.veilora.functions.TinyModel;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * One block of 8192 features whose inner widths are next to nothing: its steps move as many bytes as a 70B model's and
 * compute hardly anything. {@code blocks.0.qkv} forward takes 8192 features to 12, {@code blocks.0.o} 4 to 8192.
 */
final class WideModel {
    static final String NAME = "wide";
    static final int HIDDEN = 8192;

    private static final int VOCABULARY = 40;
    private static final int INNER = 16;
    private static final int HEAD = 4;

    private WideModel() {}

    /** Imports it into a provider's data folder, unless it is there. */
    static void importInto(Path data) throws IOException {
        FileModelStore models = new FileModelStore(data.resolve("models"));
        if (models.find(NAME).isPresent()) {
            return;
        }
        Path source = Files.createDirectories(data.resolve("wide-source"));
        write(source);
        EngineChoice engine = ModularGemms.best();
        try (var gemm = engine.engine()) {
            new ModelImporter(models, gemm).run(ImportRequest.of(source, NAME), ImportProgress.SILENT);
        }
    }

    private static void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"architectures": ["LlamaForCausalLM"], "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
                 "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": %d,
                 "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 64,
                 "tie_word_embeddings": true}
                """.formatted(VOCABULARY, HIDDEN, INNER, HEAD));
        Files.writeString(folder.resolve("tokenizer.json"), TinyModel.tokenizer(VOCABULARY - 1));
        Random random = new Random(1);
        SafetensorsWriter tensors = new SafetensorsWriter();
        add(tensors, random, "model.embed_tokens.weight", VOCABULARY, HIDDEN);
        String block = "model.layers.0.";
        add(tensors, random, block + "input_layernorm.weight", HIDDEN);
        add(tensors, random, block + "post_attention_layernorm.weight", HIDDEN);
        add(tensors, random, block + "self_attn.q_proj.weight", HEAD, HIDDEN);
        add(tensors, random, block + "self_attn.k_proj.weight", HEAD, HIDDEN);
        add(tensors, random, block + "self_attn.v_proj.weight", HEAD, HIDDEN);
        add(tensors, random, block + "self_attn.o_proj.weight", HIDDEN, HEAD);
        add(tensors, random, block + "mlp.gate_proj.weight", INNER, HIDDEN);
        add(tensors, random, block + "mlp.up_proj.weight", INNER, HIDDEN);
        add(tensors, random, block + "mlp.down_proj.weight", HIDDEN, INNER);
        add(tensors, random, "model.norm.weight", HIDDEN);
        tensors.write(folder.resolve("model.safetensors"));
    }

    private static void add(SafetensorsWriter tensors, Random random, String name, long... shape) {
        float[] values = new float[(int) (shape.length == 1 ? shape[0] : shape[0] * shape[1])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        tensors.add(name, values, shape);
    }
}
