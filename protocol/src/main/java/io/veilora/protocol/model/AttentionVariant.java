package io.veilora.protocol.model;

/**
 * What a model's attention has beyond Llama's. All of it is local to the client: only products with weight matrices are
 * remote.
 *
 * @param inputBias whether q, k and v have a bias each
 * @param outputBias whether o has one
 * @param queryKeyNorm whether each head of q and k goes through an RMS norm before its rotation
 */
public record AttentionVariant(boolean inputBias, boolean outputBias, boolean queryKeyNorm) {
    public static final AttentionVariant PLAIN = new AttentionVariant(false, false, false);
}
