package io.veilora.client.crypto;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * 32-bit lanes beside {@link NegacyclicTransform#LANES} doubles: half a preferred vector. A null mask means all lanes;
 * unmasked access is several times faster, so only the last group of a row has one. The loops of this package work on
 * arrays: vector access through {@code MemorySegment}s of several kinds was measured ten times slower.
 */
final class IntLanes {
    static final VectorShape SHAPE = VectorShape.forBitSize(NegacyclicTransform.LANES * Integer.SIZE);
    static final VectorSpecies<Integer> SPECIES = VectorSpecies.of(int.class, SHAPE);
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);

    /** 16-bit lanes; null where no vector shape is narrow enough for {@link NegacyclicTransform#LANES} of them. */
    private static final VectorSpecies<Short> SHORTS = NegacyclicTransform.LANES < 4
            ? null
            : VectorSpecies.of(short.class, VectorShape.forBitSize(NegacyclicTransform.LANES * Short.SIZE));

    private IntLanes() {}

    /** The lanes {@code first … end−1}, or null if all are below {@code end}. */
    static VectorMask<Integer> tailMask(long first, long end) {
        return first + SPECIES.length() <= end ? null : SPECIES.indexInRange(first, end);
    }

    static IntVector load(int[] words, int index, VectorMask<Integer> live) {
        return live == null
                ? IntVector.fromArray(SPECIES, words, index)
                : IntVector.fromArray(SPECIES, words, index, live);
    }

    static void store(IntVector vector, int[] words, int index, VectorMask<Integer> live) {
        if (live == null) {
            vector.intoArray(words, index);
        } else {
            vector.intoArray(words, index, live);
        }
    }

    /** Loads 16-bit words, zero-extended. */
    static IntVector loadUnsigned(short[] words, int index, VectorMask<Integer> live) {
        if (SHORTS == null) {
            int[] lanes = new int[SPECIES.length()];
            for (int lane = 0; lane < lanes.length && (live == null || live.laneIsSet(lane)); lane++) {
                lanes[lane] = Short.toUnsignedInt(words[index + lane]);
            }
            return IntVector.fromArray(SPECIES, lanes, 0);
        }
        ShortVector narrow = live == null
                ? ShortVector.fromArray(SHORTS, words, index)
                : ShortVector.fromArray(SHORTS, words, index, live.cast(SHORTS));
        return (IntVector) narrow.convertShape(VectorOperators.ZERO_EXTEND_S2I, SPECIES, 0);
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
