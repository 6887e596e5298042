package io.veilora.functions;

import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.model.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A random Llama folder as Hugging Face writes it: one block, 16 features, 40 tokens of vocabulary. */
public final class TinyModel {
    public static final int HIDDEN = 16;
    public static final int INTERMEDIATE = 24;
    public static final int VOCABULARY = 40;
    public static final LlamaConfig CONFIG =
            new LlamaConfig(VOCABULARY, HIDDEN, INTERMEDIATE, 1, 4, 2, 4, 1e-5, 10000, 64, false);

    private TinyModel() {}

    /** Writes the folder; equal seeds give equal bytes. */
    public static Path write(Path folder, long seed) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config("LlamaForCausalLM"));
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer(VOCABULARY - 1));
        weights(seed, "F32").write(folder.resolve("model.safetensors"));
        return folder;
    }

    public static String config(String architecture) {
        return """
                {"architectures": ["%s"], "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
                 "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
                 "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 64,
                 "tie_word_embeddings": false}
                """.formatted(architecture, VOCABULARY, HIDDEN, INTERMEDIATE);
    }

    /** A vocabulary with ids 0 to {@code highestId}, the last an added token. */
    public static String tokenizer(int highestId) {
        StringBuilder vocabulary = new StringBuilder();
        for (int id = 0; id < highestId; id++) {
            vocabulary
                    .append(id == 0 ? "" : ", ")
                    .append("\"t")
                    .append(id)
                    .append("\": ")
                    .append(id);
        }
        return "{\"model\": {\"type\": \"BPE\", \"vocab\": {" + vocabulary + "}}, \"added_tokens\": [{\"id\": "
                + highestId + ", \"content\": \"<end>\"}]}";
    }

    /** All tensors, the last one of another type if asked. */
    public static SafetensorsWriter weights(long seed, String lastType) {
        Random random = new Random(seed);
        SafetensorsWriter tensors = new SafetensorsWriter();
        add(tensors, random, "model.embed_tokens.weight", VOCABULARY, HIDDEN);
        String block = "model.layers.0.";
        add(tensors, random, block + "input_layernorm.weight", HIDDEN);
        add(tensors, random, block + "post_attention_layernorm.weight", HIDDEN);
        add(tensors, random, block + "self_attn.q_proj.weight", CONFIG.queryFeatures(), HIDDEN);
        add(tensors, random, block + "self_attn.k_proj.weight", CONFIG.keyValueFeatures(), HIDDEN);
        add(tensors, random, block + "self_attn.v_proj.weight", CONFIG.keyValueFeatures(), HIDDEN);
        add(tensors, random, block + "self_attn.o_proj.weight", HIDDEN, CONFIG.queryFeatures());
        add(tensors, random, block + "mlp.gate_proj.weight", INTERMEDIATE, HIDDEN);
        add(tensors, random, block + "mlp.up_proj.weight", INTERMEDIATE, HIDDEN);
        add(tensors, random, block + "mlp.down_proj.weight", HIDDEN, INTERMEDIATE);
        add(tensors, random, "model.norm.weight", HIDDEN);
        long[] shape = {VOCABULARY, HIDDEN};
        if (lastType.equals("F32")) {
            add(tensors, random, "lm_head.weight", shape);
        } else {
            byte[] bytes = new byte[VOCABULARY * HIDDEN];
            tensors.add(new Safetensors.Tensor("lm_head.weight", lastType, shape, MemorySegment.ofArray(bytes)));
        }
        return tensors;
    }

    private static void add(SafetensorsWriter tensors, Random random, String name, long... shape) {
        int size = 1;
        for (long dimension : shape) {
            size *= (int) dimension;
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        tensors.add(name, values, shape);
    }
}
