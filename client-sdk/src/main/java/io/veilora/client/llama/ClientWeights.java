package io.veilora.client.llama;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.TensorSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The base model's weights that the client holds, {@link HuggingFaceFolder#clientTensors}: the embedding, the norms and
 * the biases. All matrices are elsewhere, behind {@link io.veilora.client.linear.FrozenLinear}.
 */
public final class ClientWeights {
    private static final float[] NONE = {};

    private final EmbeddingTable embedding;
    private final Map<String, float[]> vectors = new HashMap<>();

    /**
     * @param embedding (vocabulary, hidden)
     * @param vectors norms and biases by Hugging Face's name and the shape expected, (features)
     */
    public ClientWeights(LlamaConfig config, EmbeddingTable embedding, BiFunction<String, long[], float[]> vectors) {
        this.embedding = embedding;
        HuggingFaceFolder.clientTensors(config).forEach((name, shape) -> {
            if (!name.equals(HuggingFaceFolder.EMBEDDING)) {
                this.vectors.put(name, ofLength(shape[0], vectors.apply(name, shape), name));
            }
        });
    }

    /** The embedding stays where it is, usually mapped; the rest is copied. */
    public static ClientWeights read(LlamaConfig config, TensorSource tensors) {
        TensorSource.Tensor embedding =
                tensors.require(HuggingFaceFolder.EMBEDDING, config.vocabularySize(), config.hiddenSize());
        return new ClientWeights(config, EmbeddingTable.of(embedding), (name, shape) -> tensors.require(name, shape)
                .floats());
    }

    /** Writes one token's embedding, {@code hidden} values, to {@code out} from {@code offset} on. */
    public void embeddingRow(int token, float[] out, int offset) {
        embedding.row(token, out, offset);
    }

    /** (hidden): before attention. */
    public float[] inputNorm(int block) {
        return vectors.get(HuggingFaceFolder.inputNormName(block));
    }

    /** (hidden): before the MLP. */
    public float[] postAttentionNorm(int block) {
        return vectors.get(HuggingFaceFolder.postAttentionNormName(block));
    }

    /** (hidden): before {@code lm_head}. */
    public float[] finalNorm() {
        return vectors.get(HuggingFaceFolder.FINAL_NORM);
    }

    /** (head dimension): on every query head; null where the model has none. */
    float[] queryNorm(int block) {
        return vectors.get(HuggingFaceFolder.queryNormName(block));
    }

    /** (head dimension): on every key head; null where the model has none. */
    float[] keyNorm(int block) {
        return vectors.get(HuggingFaceFolder.keyNormName(block));
    }

    /** The biases of a layer's projections, stacked (d_out); empty where the layer has none. */
    float[] bias(LayerId layer, LlamaConfig config) {
        if (!layer.kind().hasBias(config)) {
            return NONE;
        }
        float[] stacked = new float[layer.kind().outputFeatures(config)];
        int at = 0;
        for (String projection : layer.kind().projections()) {
            float[] bias = vectors.get(HuggingFaceFolder.biasName(layer, projection));
            System.arraycopy(bias, 0, stacked, at, bias.length);
            at += bias.length;
        }
        return stacked;
    }

    private static float[] ofLength(long expected, float[] values, String name) {
        if (values.length != expected) {
            throw new IllegalArgumentException(name + ": got length " + values.length + ", expected " + expected);
        }
        return values;
    }
}
