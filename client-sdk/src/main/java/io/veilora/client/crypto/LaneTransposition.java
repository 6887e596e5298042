package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Ring elements that stand in rows, one after another, into the lanes of a twisted lane array: point {@code m} becomes
 * {@code ψ^m·(a_m + i·a_{m+M})}, where {@link ForwardTransform} begins.
 *
 * <p>For one thread. Eight lanes change places in registers; other widths, which need a narrower machine, word by word.
 */
final class LaneTransposition {
    private static final int WIDE = 8;
    private static final double[] TWIST = NegacyclicTransform.twist();

    /** What the first or the second of two rows gets when they change every four, two or one of their lanes. */
    private static final IntVector LOW_4 = selection(4, false);

    private static final IntVector HIGH_4 = selection(4, true);
    private static final IntVector LOW_2 = selection(2, false);
    private static final IntVector HIGH_2 = selection(2, true);
    private static final IntVector LOW_1 = selection(1, false);
    private static final IntVector HIGH_1 = selection(1, true);

    private final int[] coefficients = new int[2 * POINTS * LANES]; // (N, LANES)

    /**
     * Transposes and twists {@code LANES} ring elements.
     *
     * @param words the first element from {@code at} on, the next ones {@code stride} further each
     * @param out gets a dense lane array
     */
    void twist(int[] words, int at, int stride, double[] out) {
        if (LANES == WIDE) {
            transposeOctets(words, at, stride, coefficients);
        } else {
            for (int t = 0; t < 2 * POINTS; t++) {
                for (int lane = 0; lane < LANES; lane++) {
                    coefficients[t * LANES + lane] = words[at + lane * stride + t];
                }
            }
        }
        twist(coefficients, out);
    }

    void wipe() {
        Arrays.fill(coefficients, 0);
    }

    private static void twist(int[] coefficients, double[] out) {
        for (int m = 0; m < POINTS; m++) {
            IntVector low = IntVector.fromArray(IntLanes.SPECIES, coefficients, m * LANES);
            IntVector high = IntVector.fromArray(IntLanes.SPECIES, coefficients, (m + POINTS) * LANES);
            DoubleVector re = (DoubleVector) low.convertShape(VectorOperators.I2D, SPECIES, 0);
            DoubleVector im = (DoubleVector) high.convertShape(VectorOperators.I2D, SPECIES, 0);
            DoubleVector rootRe = DoubleVector.broadcast(SPECIES, TWIST[3 * m]);
            DoubleVector rootIm = DoubleVector.broadcast(SPECIES, TWIST[3 * m + 1]);
            DoubleVector rootNeg = DoubleVector.broadcast(SPECIES, TWIST[3 * m + 2]);
            re.fma(rootRe, im.mul(rootNeg)).intoArray(out, m * DENSE);
            im.fma(rootRe, re.mul(rootIm)).intoArray(out, m * DENSE + LANES);
        }
    }

    private static IntVector selection(int distance, boolean second) {
        int[] lanes = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            boolean fromSecond = (lane & distance) != 0;
            int kept = fromSecond ? LANES + lane : lane;
            lanes[lane] = fromSecond == second ? kept : fromSecond ? kept - distance : kept + distance;
        }
        return IntVector.fromArray(IntLanes.SPECIES, lanes, 0);
    }

    private static void transposeOctets(int[] words, int from, int stride, int[] out) {
        for (int t = 0; t < 2 * POINTS; t += WIDE) {
            int at = from + t;
            int to = t * WIDE;
            IntVector a0 = IntVector.fromArray(IntLanes.SPECIES, words, at);
            IntVector a1 = IntVector.fromArray(IntLanes.SPECIES, words, at + stride);
            IntVector a2 = IntVector.fromArray(IntLanes.SPECIES, words, at + 2 * stride);
            IntVector a3 = IntVector.fromArray(IntLanes.SPECIES, words, at + 3 * stride);
            IntVector a4 = IntVector.fromArray(IntLanes.SPECIES, words, at + 4 * stride);
            IntVector a5 = IntVector.fromArray(IntLanes.SPECIES, words, at + 5 * stride);
            IntVector a6 = IntVector.fromArray(IntLanes.SPECIES, words, at + 6 * stride);
            IntVector a7 = IntVector.fromArray(IntLanes.SPECIES, words, at + 7 * stride);
            IntVector b0 = LOW_4.selectFrom(a0, a4);
            IntVector b4 = HIGH_4.selectFrom(a0, a4);
            IntVector b1 = LOW_4.selectFrom(a1, a5);
            IntVector b5 = HIGH_4.selectFrom(a1, a5);
            IntVector b2 = LOW_4.selectFrom(a2, a6);
            IntVector b6 = HIGH_4.selectFrom(a2, a6);
            IntVector b3 = LOW_4.selectFrom(a3, a7);
            IntVector b7 = HIGH_4.selectFrom(a3, a7);
            IntVector c0 = LOW_2.selectFrom(b0, b2);
            IntVector c2 = HIGH_2.selectFrom(b0, b2);
            IntVector c1 = LOW_2.selectFrom(b1, b3);
            IntVector c3 = HIGH_2.selectFrom(b1, b3);
            IntVector c4 = LOW_2.selectFrom(b4, b6);
            IntVector c6 = HIGH_2.selectFrom(b4, b6);
            IntVector c5 = LOW_2.selectFrom(b5, b7);
            IntVector c7 = HIGH_2.selectFrom(b5, b7);
            LOW_1.selectFrom(c0, c1).intoArray(out, to);
            HIGH_1.selectFrom(c0, c1).intoArray(out, to + WIDE);
            LOW_1.selectFrom(c2, c3).intoArray(out, to + 2 * WIDE);
            HIGH_1.selectFrom(c2, c3).intoArray(out, to + 3 * WIDE);
            LOW_1.selectFrom(c4, c5).intoArray(out, to + 4 * WIDE);
            HIGH_1.selectFrom(c4, c5).intoArray(out, to + 5 * WIDE);
            LOW_1.selectFrom(c6, c7).intoArray(out, to + 6 * WIDE);
            HIGH_1.selectFrom(c6, c7).intoArray(out, to + 7 * WIDE);
        }
    }
}
