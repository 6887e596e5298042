package io.veilora.client.llama;

/** Tokens that go through the blocks together, sequence after sequence: the T rows of the residual stream. */
sealed interface TokenRows permits PackedBatch, CachedBatch {
    /** (T). */
    int[] tokens();

    /** (T): position of each token inside its sequence. */
    int[] positions();

    /** First row of each sequence, and T at the end. */
    int[] sequenceBounds();

    /** T. */
    default int tokenCount() {
        return tokens().length;
    }
}
