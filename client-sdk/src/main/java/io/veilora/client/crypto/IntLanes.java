package io.veilora.client.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * 32-bit lanes beside {@link NegacyclicTransform#LANES} doubles: half a preferred vector. The loops of this package work on
 * whole groups of lanes, a plain loop takes the rest, because masked access is several times slower; and on arrays, because
 * vector access through {@code MemorySegment}s of several kinds was measured ten times slower.
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

    /** Added to a double below 2^51 in amount it leaves the nearest integer modulo 2^32 in the lower 32 bits. */
    static final double ROUNDER = 0x1.8p52;

    private IntLanes() {}

    /** Doubles below 2^51 in amount to the nearest integers modulo 2^32, ties to even. */
    static IntVector round(DoubleVector values) {
        return (IntVector) values.add(ROUNDER).reinterpretAsLongs().convertShape(VectorOperators.L2I, SPECIES, 0);
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

    /** {@link NegacyclicTransform#LANES} floats from {@code index} on. */
    static DoubleVector toDoubles(float[] values, int index) {
        return (DoubleVector) FloatVector.fromArray(FLOATS, values, index)
                .convertShape(VectorOperators.F2D, NegacyclicTransform.SPECIES, 0);
    }

    /** {@link NegacyclicTransform#LANES} integers from {@code index} on. */
    static DoubleVector toDoubles(int[] values, int index) {
        return (DoubleVector) IntVector.fromArray(SPECIES, values, index)
                .convertShape(VectorOperators.I2D, NegacyclicTransform.SPECIES, 0);
    }

    /** Stores one word little-endian. */
    static void storeWord(int word, byte[] bytes, int offset) {
        LITTLE_ENDIAN.set(bytes, offset, word);
    }
}
