package io.veilora.client.llama;

import io.veilora.protocol.model.TensorSource;

/** The token embedding, (vocabulary, hidden), which stays with the client. */
@FunctionalInterface
public interface EmbeddingTable {

    /** Writes the embedding of {@code token} to {@code out} from {@code offset} on. */
    void row(int token, float[] out, int offset);

    /** @param table (vocabulary, hidden); rows are read where they are, usually mapped from a file */
    static EmbeddingTable of(TensorSource.Tensor table) {
        int hiddenSize = Math.toIntExact(table.shape()[1]);
        return (token, out, offset) -> table.read((long) token * hiddenSize, out, offset, hiddenSize);
    }

    /** @param values (vocabulary, hidden), not copied */
    static EmbeddingTable ofFloats(float[] values, int vocabularySize, int hiddenSize) {
        if (values.length != vocabularySize * hiddenSize) {
            throw new IllegalArgumentException(
                    "embedding: got " + values.length + " values, expected " + (long) vocabularySize * hiddenSize);
        }
        return (token, out, offset) -> System.arraycopy(values, token * hiddenSize, out, offset, hiddenSize);
    }
}
