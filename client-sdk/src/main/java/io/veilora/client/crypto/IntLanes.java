package io.veilora.client.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
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

    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, SHAPE);

    /** Moves the three bytes of each 24-bit integer into the upper bytes of a 32-bit lane. */
    private static final VectorShuffle<Byte> UNPACK_24 =
            VectorShuffle.fromOp(BYTES, b -> 3 * (b / 4) + Math.max(0, b % 4 - 1));

    /** Bytes that {@link #unpack24} may read past the last integer. */
    static final int UNPACK_SLACK = BYTES.length();

    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Added to a double below 2^31 in amount it leaves the nearest integer's two's complement in the lower 32 bits. */
    private static final double ROUNDER = 0x1.8p52;

    private IntLanes() {}

    /** Doubles below 2^31 in amount to the nearest integers, ties to even. */
    static IntVector round(DoubleVector values) {
        return (IntVector) values.add(ROUNDER).reinterpretAsLongs().convertShape(VectorOperators.L2I, SPECIES, 0);
    }

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

    /** Stores words little-endian. */
    static void storeBytes(IntVector vector, byte[] bytes, int offset, VectorMask<Integer> live) {
        if (live == null) {
            vector.reinterpretAsBytes().intoArray(bytes, offset);
        } else {
            for (int lane = 0; lane < live.trueCount(); lane++) {
                LITTLE_ENDIAN.set(bytes, offset + 4 * lane, vector.lane(lane));
            }
        }
    }

    /**
     * Unpacks little-endian 24-bit integers, sign-extended.
     *
     * @param packed {@code 3·count} bytes and {@link #UNPACK_SLACK} more
     */
    static void unpack24(byte[] packed, int[] out, int count) {
        int i = 0;
        for (; i + SPECIES.length() <= count; i += SPECIES.length()) {
            ByteVector.fromArray(BYTES, packed, 3 * i)
                    .rearrange(UNPACK_24)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.ASHR, 8)
                    .intoArray(out, i);
        }
        for (; i < count; i++) {
            out[i] = (packed[3 * i + 2] << 16) | (packed[3 * i + 1] & 0xFF) << 8 | packed[3 * i] & 0xFF;
        }
    }

    static FloatVector load(float[] values, int index, VectorMask<Integer> live) {
        return live == null
                ? FloatVector.fromArray(FLOATS, values, index)
                : FloatVector.fromArray(FLOATS, values, index, live.cast(FLOATS));
    }
}
