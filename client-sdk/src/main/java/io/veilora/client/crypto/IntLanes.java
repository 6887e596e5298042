package io.veilora.client.crypto;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * 32-bit lanes beside {@link NegacyclicTransform#LANES} doubles: half a preferred vector. A null mask means all lanes;
 * unmasked access is several times faster, so only the last group of a row has one.
 */
final class IntLanes {
    static final VectorShape SHAPE = VectorShape.forBitSize(NegacyclicTransform.LANES * Integer.SIZE);
    static final VectorSpecies<Integer> SPECIES = VectorSpecies.of(int.class, SHAPE);
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);

    private IntLanes() {}

    /** The lanes {@code first … end−1}, or null if all are below {@code end}. */
    static VectorMask<Integer> tailMask(long first, long end) {
        return first + SPECIES.length() <= end ? null : SPECIES.indexInRange(first, end);
    }

    static IntVector load(MemorySegment words, long offset, VectorMask<Integer> live) {
        return live == null
                ? IntVector.fromMemorySegment(SPECIES, words, offset, ByteOrder.LITTLE_ENDIAN)
                : IntVector.fromMemorySegment(SPECIES, words, offset, ByteOrder.LITTLE_ENDIAN, live);
    }

    static void store(IntVector vector, MemorySegment words, long offset, VectorMask<Integer> live) {
        if (live == null) {
            vector.intoMemorySegment(words, offset, ByteOrder.LITTLE_ENDIAN);
        } else {
            vector.intoMemorySegment(words, offset, ByteOrder.LITTLE_ENDIAN, live);
        }
    }

    static FloatVector load(float[] values, int index, VectorMask<Integer> live) {
        return live == null
                ? FloatVector.fromArray(FLOATS, values, index)
                : FloatVector.fromArray(FLOATS, values, index, live.cast(FLOATS));
    }

    static void store(FloatVector vector, float[] values, int index, VectorMask<Integer> live) {
        if (live == null) {
            vector.intoArray(values, index);
        } else {
            vector.intoArray(values, index, live.cast(FLOATS));
        }
    }
}
