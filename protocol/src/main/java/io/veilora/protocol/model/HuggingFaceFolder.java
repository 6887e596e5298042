package io.veilora.protocol.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A model folder as Hugging Face writes it: {@code config.json}, {@code tokenizer.json}, and the weights in one file or in
 * shards ({@link SafetensorsShards}). Tensors are mapped and converted to float some rows at a time.
 */
public final class HuggingFaceFolder implements AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String TOKENIZER = "tokenizer.json";
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    private static final String HEAD = "lm_head.weight";

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
        Set<String> known = new HashSet<>();
        clientTensors(config)
                .forEach((name, shape) -> known.add(tensors.require(name, shape).name()));
        for (LayerId layer : LayerId.all(config)) {
            for (String projection : layer.kind().projections()) {
                known.add(projection(layer, projection).name());
            }
        }
        for (String name : tensors.names()) {
            boolean unused = name.endsWith(".rotary_emb.inv_freq") || isTiedHead(name);
            if (!unused && !known.contains(name)) {
                throw new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                        .detail("%s: tensor '%s' has no place in the model that %s describes", folder, name, CONFIG)
                        .remedy("check that %s and the weights are of the same model", CONFIG));
            }
        }
    }

    /** Some files store the embedding a second time, as the output matrix. */
    private boolean isTiedHead(String name) {
        if (!config.tiedEmbeddings() || !name.equals(HEAD)) {
            return false;
        }
        TensorSource.Tensor embedding = embedding();
        TensorSource.Tensor head = tensors.require(HEAD, embedding.shape());
        float[] row = new float[config.hiddenSize()];
        float[] other = new float[config.hiddenSize()];
        for (long from = 0; from < embedding.size(); from += row.length) {
            embedding.read(from, row, 0, row.length);
            head.read(from, other, 0, other.length);
            if (!Arrays.equals(row, other)) {
                return false;
            }
        }
        return true;
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

    public static String inputNormName(int block) {
        return "model.layers." + block + ".input_layernorm.weight";
    }

    public static String postAttentionNormName(int block) {
        return "model.layers." + block + ".post_attention_layernorm.weight";
    }

    public static String queryNormName(int block) {
        return "model.layers." + block + ".self_attn.q_norm.weight";
    }

    public static String keyNormName(int block) {
        return "model.layers." + block + ".self_attn.k_norm.weight";
    }

    /** The bias of one of the layer's projections. */
    public static String biasName(LayerId layer, String projection) {
        return module(layer, projection) + ".bias";
    }

    /**
     * The tensors that a client keeps, with their shapes, in the order of its file: the embedding, norms and biases. All
     * others are matrices of remote layers.
     */
    public static Map<String, long[]> clientTensors(LlamaConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, new long[] {config.vocabularySize(), config.hiddenSize()});
        for (int block = 0; block < config.blocks(); block++) {
            shapes.put(inputNormName(block), new long[] {config.hiddenSize()});
            shapes.put(postAttentionNormName(block), new long[] {config.hiddenSize()});
            if (config.attention().queryKeyNorm()) {
                shapes.put(queryNormName(block), new long[] {config.headDimension()});
                shapes.put(keyNormName(block), new long[] {config.headDimension()});
            }
        }
        for (LayerId layer : LayerId.all(config)) {
            if (layer.kind().hasBias(config)) {
                for (String projection : layer.kind().projections()) {
                    long features = layer.kind().outputFeatures(projection, config);
                    shapes.put(biasName(layer, projection), new long[] {features});
                }
            }
        }
        shapes.put(FINAL_NORM, new long[] {config.hiddenSize()});
        return shapes;
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
        boolean tied = layer.kind() == LayerKind.LM_HEAD && config.tiedEmbeddings();
        return tensors.require(
                tied ? EMBEDDING : module(layer, projection) + ".weight",
                layer.kind().outputFeatures(projection, config),
                layer.kind().inputFeatures(config));
    }

    private static String module(LayerId layer, String projection) {
        return switch (layer.kind()) {
            case LM_HEAD -> projection;
            case QKV, O -> "model.layers." + layer.block() + ".self_attn." + projection;
            case GATE_UP, DOWN -> "model.layers." + layer.block() + ".mlp." + projection;
        };
    }

    @Override
    public void close() {
        tensors.close();
    }
}
