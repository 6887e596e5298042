package io.veilora.client.llama;

import io.veilora.protocol.model.LlamaConfig;

/** Arrays that every block uses in turn, for up to {@code capacity} tokens. */
final class Scratch {
    final float[] normed; // (T, d)
    final float[] activated; // (T, f), SwiGLU's output
    final float[] dNormed; // (T, d)
    final float[] dActivated; // (T, f)
    final float[] dGateUp; // (T, 2·f)
    final float[] dAttention; // (T, q)
    final float[] dQkv; // (T, q + k + v)

    /** Floats for each token. */
    static long floats(LlamaConfig config) {
        return 2L * config.hiddenSize()
                + 4L * config.intermediateSize()
                + 2L * config.queryFeatures()
                + 2L * config.keyValueFeatures();
    }

    Scratch(LlamaConfig config, int capacity) {
        this.normed = new float[capacity * config.hiddenSize()];
        this.activated = new float[capacity * config.intermediateSize()];
        this.dNormed = new float[capacity * config.hiddenSize()];
        this.dActivated = new float[capacity * config.intermediateSize()];
        this.dGateUp = new float[capacity * 2 * config.intermediateSize()];
        this.dAttention = new float[capacity * config.queryFeatures()];
        this.dQkv = new float[capacity * (config.queryFeatures() + 2 * config.keyValueFeatures())];
    }
}
