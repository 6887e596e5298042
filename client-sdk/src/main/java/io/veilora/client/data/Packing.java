package io.veilora.client.data;

import io.veilora.client.llama.PackedBatch;
import java.util.List;

/**
 * Records packed into micro-batches.
 *
 * @param batches in order
 * @param capacity tokens that one micro-batch can hold
 */
public record Packing(List<PackedBatch> batches, int capacity) {
    public Packing {
        batches = List.copyOf(batches);
    }

    /** Tokens in all micro-batches. */
    public long tokenCount() {
        return batches.stream().mapToLong(PackedBatch::tokenCount).sum();
    }

    /** The share of the micro-batches that holds tokens, in (0, 1]; the rest is filled up and paid for. */
    public double fill() {
        return (double) tokenCount() / ((long) capacity * batches.size());
    }

    /** The share of the encrypted blocks, of {@code block} tokens each, that holds tokens, in (0, 1]. */
    public double blockFill(int block) {
        long blocks = batches.stream()
                .mapToLong(batch -> Math.ceilDiv(batch.tokenCount(), block))
                .sum();
        return (double) tokenCount() / (block * blocks);
    }
}
