package io.veilora.client.llama;

import io.veilora.protocol.model.LlamaConfig;

/**
 * What one block keeps between its forward and backward pass, for up to {@code capacity} tokens. The norms' and SwiGLU's
 * outputs are computed again instead: they are cheap and would add half as much memory.
 */
final class BlockActivations {
    final float[] rawQueryKey; // (T, q + k), before their norms; empty where the model has none
    final float[] qkv; // (T, q + k + v), q and k already turned by RoPE
    final float[] logSumExp; // (T, heads), of the scaled attention scores
    final float[] attention; // (T, q)
    final float[] middle; // (T, d), residual stream between attention and MLP
    final float[] gateUp; // (T, 2·f)

    /** Floats for each token. */
    static long floats(LlamaConfig config) {
        long raw = config.attention().queryKeyNorm() ? config.queryFeatures() + config.keyValueFeatures() : 0;
        return raw
                + 2L * config.queryFeatures()
                + 2L * config.keyValueFeatures()
                + config.heads()
                + config.hiddenSize()
                + 2L * config.intermediateSize();
    }

    BlockActivations(LlamaConfig config, int capacity) {
        this.rawQueryKey = config.attention().queryKeyNorm()
                ? new float[capacity * (config.queryFeatures() + config.keyValueFeatures())]
                : new float[0];
        this.qkv = new float[capacity * (config.queryFeatures() + 2 * config.keyValueFeatures())];
        this.logSumExp = new float[capacity * config.heads()];
        this.attention = new float[capacity * config.queryFeatures()];
        this.middle = new float[capacity * config.hiddenSize()];
        this.gateUp = new float[capacity * 2 * config.intermediateSize()];
    }
}
