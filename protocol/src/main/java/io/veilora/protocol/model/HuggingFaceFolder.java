package io.veilora.protocol.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model folder as Hugging Face writes it: {@code config.json}, {@code model.safetensors}, {@code tokenizer.json}.
 * Tensors are mapped and converted to float one layer at a time.
 */
public final class HuggingFaceFolder implements AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String TOKENIZER = "tokenizer.json";
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String WEIGHTS = "model.safetensors";

    private final Path folder;
    private final LlamaConfig config;
    private final Safetensors tensors;

    private HuggingFaceFolder(Path folder, LlamaConfig config, Safetensors tensors) {
        this.folder = folder;
        this.config = config;
        this.tensors = tensors;
    }

    /**
     * Opens a folder and checks that every tensor the configuration asks for is there in the right shape and type.
     *
     * @throws PermanentException naming the file that is missing or wrong
     */
    public static HuggingFaceFolder open(Path folder) throws IOException {
        for (String name : new String[] {CONFIG, WEIGHTS, TOKENIZER}) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s: %s is missing", folder, name)
                        .remedy("give a Hugging Face model folder with %s, %s and %s", CONFIG, WEIGHTS, TOKENIZER));
            }
        }
        LlamaConfig config;
        try {
            config = LlamaConfig.ofHuggingFace(
                    ProtocolJson.MAPPER.readTree(folder.resolve(CONFIG).toFile()));
        } catch (JsonProcessingException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not JSON", folder.resolve(CONFIG))
                    .remedy("download the model again"));
        }
        Safetensors tensors = Safetensors.open(folder.resolve(WEIGHTS));
        try {
            HuggingFaceFolder model = new HuggingFaceFolder(folder, config, tensors);
            model.requireEveryTensor();
            return model;
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    private void requireEveryTensor() {
        embedding();
        finalNorm();
        for (int block = 0; block < config.blocks(); block++) {
            inputNorm(block);
            postAttentionNorm(block);
        }
        for (LayerId layer : LayerId.all(config)) {
            for (String projection : layer.kind().projections()) {
                projection(layer, projection);
            }
        }
    }

    public Path folder() {
        return folder;
    }

    public LlamaConfig config() {
        return config;
    }

    /** Every tensor by its Hugging Face name. */
    public Safetensors tensors() {
        return tensors;
    }

    /** The embedding table, (vocabulary, hidden). */
    public Safetensors.Tensor embedding() {
        return tensors.require(EMBEDDING, config.vocabularySize(), config.hiddenSize());
    }

    public Safetensors.Tensor finalNorm() {
        return tensors.require(FINAL_NORM, config.hiddenSize());
    }

    public Safetensors.Tensor inputNorm(int block) {
        return tensors.require(inputNormName(block), config.hiddenSize());
    }

    public Safetensors.Tensor postAttentionNorm(int block) {
        return tensors.require(postAttentionNormName(block), config.hiddenSize());
    }

    public static String inputNormName(int block) {
        return "model.layers." + block + ".input_layernorm.weight";
    }

    public static String postAttentionNormName(int block) {
        return "model.layers." + block + ".post_attention_layernorm.weight";
    }

    /** The stacked projections of a remote layer as floats, (d_out, d_in). */
    public float[] linear(LayerId layer) {
        int inputs = layer.kind().inputFeatures(config);
        int outputs = layer.kind().outputFeatures(config);
        float[] stacked = new float[Math.multiplyExact(outputs, inputs)];
        int offset = 0;
        for (String projection : layer.kind().projections()) {
            float[] part = projection(layer, projection).floats();
            System.arraycopy(part, 0, stacked, offset, part.length);
            offset += part.length;
        }
        for (int i = 0; i < stacked.length; i++) {
            if (!Float.isFinite(stacked[i])) {
                throw new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                        .detail("%s, layer %s: weight %d is NaN or infinite", folder.resolve(WEIGHTS), layer, i)
                        .remedy("download the model again"));
            }
        }
        return stacked;
    }

    private Safetensors.Tensor projection(LayerId layer, String projection) {
        String name =
                switch (layer.kind()) {
                    case LM_HEAD -> config.tiedEmbeddings() ? EMBEDDING : "lm_head.weight";
                    case QKV, O -> "model.layers." + layer.block() + ".self_attn." + projection + ".weight";
                    case GATE_UP, DOWN -> "model.layers." + layer.block() + ".mlp." + projection + ".weight";
                };
        return tensors.require(
                name,
                layer.kind().outputFeatures(projection, config),
                layer.kind().inputFeatures(config));
    }

    @Override
    public void close() {
        tensors.close();
    }
}
