package io.veilora.client.llama;

import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The arrays of one batch of up to {@code capacity} tokens, allocated when first asked for. A pass that will be followed
 * by a backward pass keeps every block's activations; another needs one set and two ends of the residual stream.
 */
final class Workspace {
    final int capacity;
    final Scratch scratch;
    final float[] dx; // (T, d), gradient of the residual stream

    private final LlamaConfig config;
    private final List<float[]> residuals = new ArrayList<>(); // (T, d) each
    private final List<BlockActivations> kept = new ArrayList<>();

    /** Floats for each token when a backward pass follows. */
    static long floats(LlamaConfig config) {
        return Scratch.floats(config)
                + config.blocks() * BlockActivations.floats(config)
                + (config.blocks() + 2L) * config.hiddenSize();
    }

    Workspace(LlamaConfig config, int capacity) {
        this.config = config;
        this.capacity = capacity;
        this.scratch = new Scratch(config, capacity);
        this.dx = new float[capacity * config.hiddenSize()];
    }

    /** (T, d): the input of a block; after the last block, the output. */
    float[] residual(int block, boolean keepAll) {
        int index = keepAll ? block : block % 2;
        while (residuals.size() <= index) {
            residuals.add(new float[capacity * config.hiddenSize()]);
        }
        return residuals.get(index);
    }

    BlockActivations kept(int block, boolean keepAll) {
        int index = keepAll ? block : 0;
        while (kept.size() <= index) {
            kept.add(new BlockActivations(config, capacity));
        }
        return kept.get(index);
    }
}
