package io.veilora.client.llama;

import io.veilora.client.linear.Cores;
import io.veilora.protocol.model.LlamaConfig;

/**
 * Grouped-query causal attention (Ainslie et al., arXiv 2305.13245) inside each packed sequence; for each head, with
 * D = head dimension and a causal mask:
 *
 * <pre>
 * S = Q·Kᵀ/√D,  L = log Σ e^S,  P = e^(S − L),  O = P·V
 * dV += Pᵀ·dO,  dP = dO·Vᵀ,  dS = P ∘ (dP − ⟨dO, O⟩),  dQ = dS·K/√D,  dK += dSᵀ·Q/√D
 * </pre>
 *
 * P is never kept: a tile of query rows at a time is computed, and again in the backward pass from L (Dao et al.,
 * "FlashAttention", arXiv 2205.14135). One piece of work is a sequence and a key-value head with its query heads, so dK
 * and dV have one writer.
 */
final class Attention {
    private final LlamaConfig config;

    Attention(LlamaConfig config) {
        this.config = config;
    }

    /** Whole sequences, or rows that continue cached ones, in the block with index {@code block}. */
    void forward(TokenRows rows, int block, BlockActivations kept) {
        switch (rows) {
            case PackedBatch packed -> forward(packed.sequenceBounds(), kept);
            case CachedBatch cached -> forward(cached, block, kept);
        }
    }

    /** Reads {@code kept.qkv}; overwrites {@code kept.attention} and {@code kept.logSumExp}. */
    void forward(int[] sequenceBounds, BlockActivations kept) {
        Cores.forEach(
                (sequenceBounds.length - 1) * config.keyValueHeads(),
                piece -> headGroup(sequenceBounds, piece, kept).forward());
    }

    /** The same, and the caches take up the keys and values of the new rows. */
    private void forward(CachedBatch rows, int block, BlockActivations kept) {
        Cores.forEach(
                rows.caches().size() * config.keyValueHeads(), piece -> headGroup(rows.sequenceBounds(), piece, kept)
                        .forward(rows.caches().get(piece / config.keyValueHeads()), block));
    }

    /**
     * Overwrites {@code dQkv}.
     *
     * @param dAttention (T, q)
     * @param dQkv (T, q + k + v)
     */
    void backward(int[] sequenceBounds, BlockActivations kept, float[] dAttention, float[] dQkv) {
        Cores.forEach(
                (sequenceBounds.length - 1) * config.keyValueHeads(),
                piece -> headGroup(sequenceBounds, piece, kept).backward(dAttention, dQkv));
    }

    private HeadGroup headGroup(int[] sequenceBounds, int piece, BlockActivations kept) {
        int sequence = piece / config.keyValueHeads();
        int start = sequenceBounds[sequence];
        int length = sequenceBounds[sequence + 1] - start;
        return new HeadGroup(config, piece % config.keyValueHeads(), start, length, kept);
    }
}
