package io.veilora.client.llama;

import io.veilora.client.linear.Cores;
import io.veilora.protocol.model.LlamaConfig;

/**
 * Qwen3's norm of queries and keys (Henry et al., arXiv 2010.04245; the Qwen3 report, arXiv 2505.09388): every head of q
 * and k goes through an {@link RmsNorm} over its D features before it is turned by RoPE. All query heads share one weight
 * (D), all key heads another.
 */
final class QueryKeyNorm {
    private final LlamaConfig config;
    private final RmsNorm query;
    private final RmsNorm key;

    QueryKeyNorm(LlamaConfig config, float[] queryWeight, float[] keyWeight) {
        this.config = config;
        this.query = new RmsNorm(queryWeight, config.rmsNormEpsilon());
        this.key = new RmsNorm(keyWeight, config.rmsNormEpsilon());
    }

    /**
     * Norms q and k in place.
     *
     * @param qkv (T, q + k + v)
     * @param raw (T, q + k), overwritten with what q and k were
     */
    void forward(float[] qkv, int tokens, float[] raw) {
        Cores.forEach(tokens, t -> {
            int row = t * rowLength();
            int rawRow = t * normed();
            System.arraycopy(qkv, row, raw, rawRow, normed());
            for (int j = 0; j < normed(); j += config.headDimension()) {
                norm(j).normalize(raw, rawRow + j, qkv, row + j);
            }
        });
    }

    /**
     * Turns dq and dk in place from gradients of the norms' outputs into gradients of their inputs.
     *
     * @param raw (T, q + k), from the forward pass
     * @param dQkv (T, q + k + v)
     */
    void backward(float[] raw, int tokens, float[] dQkv) {
        Cores.forEach(tokens, t -> {
            int row = t * rowLength();
            int rawRow = t * normed();
            for (int j = 0; j < normed(); j += config.headDimension()) {
                norm(j).gradient(dQkv, row + j, raw, rawRow + j);
            }
        });
    }

    /** The norm of the head that begins at feature {@code j}. */
    private RmsNorm norm(int j) {
        return j < config.queryFeatures() ? query : key;
    }

    private int normed() {
        return config.queryFeatures() + config.keyValueFeatures();
    }

    private int rowLength() {
        return config.queryFeatures() + 2 * config.keyValueFeatures();
    }
}
