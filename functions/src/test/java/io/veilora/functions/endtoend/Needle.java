package io.veilora.functions.endtoend;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Bytes that the provider must never have.
 *
 * @param bytes at least {@value #SHORTEST}, so that chance does not find them
 */
record Needle(String name, byte[] bytes) {
    static final int SHORTEST = 8;

    Needle {
        if (bytes.length < SHORTEST) {
            throw new IllegalArgumentException(
                    name + ": got " + bytes.length + " bytes, expected at least " + SHORTEST);
        }
    }

    /** Two neighbouring float32 values, little-endian. */
    static Needle ofFloats(String name, float first, float second) {
        return new Needle(
                name + " float32", little(8).putFloat(first).putFloat(second).array());
    }

    /** Neighbouring quantized values, or token ids, as int32, little-endian. */
    static Needle ofIntegers(String name, int[] values) {
        return new Needle(name + " int32", words(values));
    }

    /** Neighbouring quantized values as residues mod q, little-endian: a ciphertext without its mask. */
    static Needle ofResidues(String name, int[] values) {
        int[] residues = IntStream.of(values)
                .map(value -> (int) Math.floorMod((long) value, LatticeParameters.Q))
                .toArray();
        return new Needle(name + " mod q", words(residues));
    }

    static Needle ofText(String name, String text) {
        return new Needle(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Token ids as a person or JSON writes them. */
    static Needle ofDecimals(String name, int[] ids, String separator) {
        return ofText(
                name + " in decimal",
                IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(separator)));
    }

    private static byte[] words(int[] values) {
        ByteBuffer bytes = little(Integer.BYTES * values.length);
        IntStream.of(values).forEach(bytes::putInt);
        return bytes.array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
