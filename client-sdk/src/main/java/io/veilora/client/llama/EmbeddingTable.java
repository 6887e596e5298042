package io.veilora.client.llama;

import io.veilora.protocol.model.Safetensors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The token embedding, (vocabulary, hidden), which stays with the client. */
@FunctionalInterface
public interface EmbeddingTable {

    /** Writes the embedding of {@code token} to {@code out} from {@code offset} on. */
    void row(int token, float[] out, int offset);

    /** @param table (vocabulary, hidden), F32, BF16 or F16; its bytes are read where they are, usually mapped from a file */
    static EmbeddingTable of(Safetensors.Tensor table) {
        int vocabularySize = Math.toIntExact(table.shape()[0]);
        int hiddenSize = Math.toIntExact(table.shape()[1]);
        return switch (table.type()) {
            case "F32" -> ofFloat32(table.bytes(), vocabularySize, hiddenSize);
            case "BF16" -> ofBFloat16(table.bytes(), vocabularySize, hiddenSize);
            default ->
                (token, out, offset) -> System.arraycopy(
                        table.floats((long) token * hiddenSize, hiddenSize), 0, out, offset, hiddenSize);
        };
    }

    /** @param values (vocabulary, hidden), not copied */
    static EmbeddingTable ofFloats(float[] values, int vocabularySize, int hiddenSize) {
        requireSize(values.length, (long) vocabularySize * hiddenSize, "values");
        return (token, out, offset) -> System.arraycopy(values, token * hiddenSize, out, offset, hiddenSize);
    }

    /** @param rows (vocabulary, hidden), little-endian float32, usually mapped from a file */
    static EmbeddingTable ofFloat32(MemorySegment rows, int vocabularySize, int hiddenSize) {
        ValueLayout.OfFloat layout = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        requireSize(rows.byteSize(), (long) vocabularySize * hiddenSize * Float.BYTES, "bytes");
        return (token, out, offset) ->
                MemorySegment.copy(rows, layout, (long) token * hiddenSize * Float.BYTES, out, offset, hiddenSize);
    }

    /** @param rows (vocabulary, hidden), little-endian bfloat16: the upper half of a float32 */
    static EmbeddingTable ofBFloat16(MemorySegment rows, int vocabularySize, int hiddenSize) {
        ValueLayout.OfShort layout = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        requireSize(rows.byteSize(), (long) vocabularySize * hiddenSize * Short.BYTES, "bytes");
        return (token, out, offset) -> {
            long at = (long) token * hiddenSize * Short.BYTES;
            for (int j = 0; j < hiddenSize; j++) {
                out[offset + j] = Float.intBitsToFloat(rows.get(layout, at + (long) j * Short.BYTES) << 16);
            }
        };
    }

    private static void requireSize(long got, long expected, String unit) {
        if (got != expected) {
            throw new IllegalArgumentException("embedding: got " + got + " " + unit + ", expected " + expected);
        }
    }
}
