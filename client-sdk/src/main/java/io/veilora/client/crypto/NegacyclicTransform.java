package io.veilora.client.crypto;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products in {@code Z[X]/(X^N + 1)} through a complex FFT of {@code M = N/2} points in double precision, one polynomial
 * a vector lane.
 *
 * <p>For real {@code a}, the values at the roots {@code ζ_j = ψ^{4j+1}}, {@code ψ = e^{iπ/N}}, determine {@code a}, and
 * {@code ζ_j^M = i}; hence {@code a(ζ_j) = Σ_{m<M} ψ^m (a_m + i·a_{m+M}) e^{2πi·jm/M}}: a twist and an {@code M}-point DFT
 * (the "right-angle" convolution). Forward is decimation in frequency in three passes over the data (radix 4, 4 and 8),
 * inverse its mirror image, so values stay in digit-reversed order between the two and nothing is permuted. The twist is
 * made by {@link LaneTransposition}, the untwist in the last pass of the inverse.
 *
 * <p>Exactness: the worst-case error of the inner product {@code Σ_i a_i·s_i} is below
 * {@code ‖a‖₂·‖s‖₂·ε·c·log₂ M}; with {@code |a| ≤ 2^31}, {@code |s| ≤ 21}, {@code n ≤ 1536} and {@code ε = 2^-53} this is
 * {@code 2^36.3 · 2^9.7 · 2^-53 · 21 < 0.2}, so rounding to the nearest integer is always right; typical errors are
 * 2^-12. A fused multiply-add rounds once where the bound counts twice.
 *
 * <p>A <i>lane array</i> holds {@code M} complex numbers for {@link #LANES} polynomials: point {@code m} has its real parts
 * at {@code at + m·stride} and its imaginary parts {@code LANES} further. Every pass is one method on purpose: too long to
 * be inlined, it is compiled by itself, where all its vector operations are; as a part of something longer the last of them
 * were not (the compiler's limit of nodes), and the transform three times slower.
 */
final class NegacyclicTransform {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    /** Polynomials transformed at once. */
    static final int LANES = SPECIES.length();

    /** {@code M}: complex points of a transform. */
    static final int POINTS = 128;

    /** Stride of a lane array whose points follow each other. */
    static final int DENSE = 2 * LANES;

    static final int SMALL = 32; // points of the middle pass
    static final double HALF_ROOT = Math.sqrt(0.5);

    static final double[] LARGE_ROOTS = roots(POINTS);
    static final double[] SMALL_ROOTS = roots(SMALL);
    static final double[] UNTWIST = untwist();

    private NegacyclicTransform() {}

    /** Doubles in a lane array whose points follow each other. */
    static int laneArrayLength() {
        return POINTS * DENSE;
    }

    /** {@code ψ^m}, the twist: three numbers a point, see {@link #put}. */
    static double[] twist() {
        double[] twist = new double[3 * POINTS];
        for (int m = 0; m < POINTS; m++) {
            put(twist, 3 * m, Math.PI * m / (2 * POINTS), 1);
        }
        return twist;
    }

    /** {@code ψ^m/M}: three numbers a point, see {@link #put}. */
    private static double[] untwist() {
        double[] untwist = new double[3 * POINTS];
        for (int m = 0; m < POINTS; m++) {
            put(untwist, 3 * m, Math.PI * m / (2 * POINTS), 1.0 / POINTS);
        }
        return untwist;
    }

    /** {@code w^j, w^2j, w^3j} for {@code w = e^{2πi/size}} and {@code j < size/4}, nine numbers each {@code j}. */
    private static double[] roots(int size) {
        double[] roots = new double[size / 4 * 9];
        for (int j = 0; j < size / 4; j++) {
            for (int power = 1; power <= 3; power++) {
                put(roots, 9 * j + 3 * (power - 1), 2 * Math.PI * (power * j) / size, 1);
            }
        }
        return roots;
    }

    /** {@code scale·e^{i·angle}}: real part, imaginary part, and that negated, so that a product is two fused operations. */
    private static void put(double[] table, int at, double angle, double scale) {
        table[at] = Math.cos(angle) * scale;
        table[at + 1] = Math.sin(angle) * scale;
        table[at + 2] = -table[at + 1];
    }
}
