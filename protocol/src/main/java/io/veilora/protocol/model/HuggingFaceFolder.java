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
 * A model folder as Hugging Face writes it: {@code config.json}, {@code tokenizer.json}, and the weights in one file or in
 * shards ({@link SafetensorsShards}). Tensors are mapped and converted to float some rows at a time.
 */
public final class HuggingFaceFolder implements AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String TOKENIZER = "tokenizer.json";
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";

    private final Path folder;
    private final LlamaConfig config;
    private final TensorSource tensors;

    private HuggingFaceFolder(Path folder, LlamaConfig config, TensorSource tensors) {
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
        if (!SafetensorsShards.areIn(folder)) {
            throw missing(folder, SafetensorsShards.SINGLE);
        }
        return open(folder, SafetensorsShards.open(folder));
    }

    /**
     * A folder with {@link #CONFIG} and {@link #TOKENIZER}, and tensors from elsewhere, which are closed with it or at
     * an error.
     *
     * @throws PermanentException as {@link #open(Path)}
     */
    public static HuggingFaceFolder open(Path folder, TensorSource tensors) throws IOException {
        try {
            HuggingFaceFolder model = new HuggingFaceFolder(folder, readConfig(folder), tensors);
            model.requireEveryTensor();
            return model;
        } catch (IOException | RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    private static PermanentException missing(Path folder, String name) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s: %s is missing", folder, name)
                .remedy(
                        "give a Hugging Face model folder with %s, %s and %s (or all shards and their index)",
                        CONFIG, TOKENIZER, SafetensorsShards.SINGLE));
    }

    private static LlamaConfig readConfig(Path folder) throws IOException {
        for (String name : new String[] {CONFIG, TOKENIZER}) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                throw missing(folder, name);
            }
        }
        try {
            return LlamaConfig.ofHuggingFace(
                    ProtocolJson.MAPPER.readTree(folder.resolve(CONFIG).toFile()));
        } catch (JsonProcessingException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not JSON", folder.resolve(CONFIG))
                    .remedy("download the model again"));
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
    public TensorSource tensors() {
        return tensors;
    }

    /** The embedding table, (vocabulary, hidden). */
    public TensorSource.Tensor embedding() {
        return tensors.require(EMBEDDING, config.vocabularySize(), config.hiddenSize());
    }

    public TensorSource.Tensor finalNorm() {
        return tensors.require(FINAL_NORM, config.hiddenSize());
    }

    public TensorSource.Tensor inputNorm(int block) {
        return tensors.require(inputNormName(block), config.hiddenSize());
    }

    public TensorSource.Tensor postAttentionNorm(int block) {
        return tensors.require(postAttentionNormName(block), config.hiddenSize());
    }

    public static String inputNormName(int block) {
        return "model.layers." + block + ".input_layernorm.weight";
    }

    public static String postAttentionNormName(int block) {
        return "model.layers." + block + ".post_attention_layernorm.weight";
    }

    /** The stacked projections of a remote layer, read some rows at a time. */
    public LayerRows rows(LayerId layer) {
        return new LayerRows(
                layer,
                layer.kind().inputFeatures(config),
                layer.kind().projections().stream()
                        .map(projection -> projection(layer, projection))
                        .toList());
    }

    /** As {@link #rows}, all of them, (d_out, d_in): for those who compute with floats. */
    public float[] linear(LayerId layer) {
        LayerRows rows = rows(layer);
        float[] stacked = new float[Math.multiplyExact(rows.outputFeatures(), rows.inputFeatures())];
        rows.read(0, rows.outputFeatures(), stacked);
        return stacked;
    }

    private TensorSource.Tensor projection(LayerId layer, String projection) {
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
