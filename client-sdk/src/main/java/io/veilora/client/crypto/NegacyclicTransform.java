package io.veilora.client.crypto;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products in {@code Z[X]/(X^N + 1)} through a complex FFT of {@code M = N/2} points in double precision, one polynomial
 * a vector lane.
 *
 * <p>For real {@code a}, the values at the roots {@code ζ_j = ψ^{4j+1}}, {@code ψ = e^{iπ/N}}, determine {@code a}, and
 * {@code ζ_j^M = i}; hence {@code a(ζ_j) = Σ_{m<M} ψ^m (a_m + i·a_{m+M}) e^{2πi·jm/M}}: a twist and an {@code M}-point DFT
 * (the "right-angle" convolution). Forward is decimation in frequency (radix 4, last stage radix 2), inverse its mirror
 * image, so values stay in digit-reversed order between the two and nothing is permuted.
 *
 * <p>Exactness: the worst-case error of the inner product {@code Σ_i a_i·s_i} is below
 * {@code ‖a‖₂·‖s‖₂·ε·c·log₂ M}; with {@code |a| ≤ 2^31}, {@code |s| ≤ 21}, {@code n ≤ 1536} and {@code ε = 2^-53} this is
 * {@code 2^36.3 · 2^9.7 · 2^-53 · 21 < 0.2}, so rounding to the nearest integer is always right; typical errors are
 * 2^-12.
 *
 * <p>A <i>lane array</i> holds {@code M} complex numbers for {@link #LANES} polynomials: element {@code m·LANES + lane}
 * of {@code re} and {@code im}.
 */
final class NegacyclicTransform {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    /** Polynomials transformed at once. */
    static final int LANES = SPECIES.length();

    /** {@code M}: complex points of a transform. */
    static final int POINTS = 128;

    private static final double[] TWIST_RE = new double[POINTS]; // ψ^m
    private static final double[] TWIST_IM = new double[POINTS];
    private static final double[] ROOT_RE = new double[POINTS]; // e^{2πi·m/M}
    private static final double[] ROOT_IM = new double[POINTS];

    static {
        for (int m = 0; m < POINTS; m++) {
            TWIST_RE[m] = Math.cos(Math.PI * m / (2 * POINTS));
            TWIST_IM[m] = Math.sin(Math.PI * m / (2 * POINTS));
            ROOT_RE[m] = Math.cos(2 * Math.PI * m / POINTS);
            ROOT_IM[m] = Math.sin(2 * Math.PI * m / POINTS);
        }
    }

    private NegacyclicTransform() {}

    /** Doubles in {@code re} or {@code im} of a lane array. */
    static int laneArrayLength() {
        return POINTS * LANES;
    }

    /**
     * Transforms in place; on entry {@code re} holds coefficients {@code 0 … M−1} and {@code im} coefficients
     * {@code M … N−1}.
     */
    static void forward(double[] re, double[] im) {
        for (int m = 0; m < POINTS; m++) {
            int at = m * LANES;
            DoubleVector a = DoubleVector.fromArray(SPECIES, re, at);
            DoubleVector b = DoubleVector.fromArray(SPECIES, im, at);
            a.mul(TWIST_RE[m]).sub(b.mul(TWIST_IM[m])).intoArray(re, at);
            a.mul(TWIST_IM[m]).add(b.mul(TWIST_RE[m])).intoArray(im, at);
        }
        for (int size = POINTS; size >= 8; size /= 4) {
            for (int start = 0; start < POINTS; start += size) {
                for (int j = 0; j < size / 4; j++) {
                    forwardButterfly(re, im, (start + j) * LANES, size / 4 * LANES, j * (POINTS / size));
                }
            }
        }
        radix2(re, im);
    }

    /** Undoes {@link #forward} up to the twist and the factor {@code 1/M}; see {@link #untwistRe}. */
    static void inverse(double[] re, double[] im) {
        radix2(re, im);
        for (int size = 8; size <= POINTS; size *= 4) {
            for (int start = 0; start < POINTS; start += size) {
                for (int j = 0; j < size / 4; j++) {
                    inverseButterfly(re, im, (start + j) * LANES, size / 4 * LANES, j * (POINTS / size));
                }
            }
        }
    }

    /** Coefficient {@code m} from point {@code m} of an {@link #inverse}. */
    static DoubleVector untwistRe(DoubleVector re, DoubleVector im, int m) {
        return re.mul(TWIST_RE[m] / POINTS).add(im.mul(TWIST_IM[m] / POINTS));
    }

    /** Coefficient {@code m + M} from point {@code m} of an {@link #inverse}. */
    static DoubleVector untwistIm(DoubleVector re, DoubleVector im, int m) {
        return im.mul(TWIST_RE[m] / POINTS).sub(re.mul(TWIST_IM[m] / POINTS));
    }

    private static void forwardButterfly(double[] re, double[] im, int at, int quarter, int root) {
        DoubleVector aRe = DoubleVector.fromArray(SPECIES, re, at);
        DoubleVector aIm = DoubleVector.fromArray(SPECIES, im, at);
        DoubleVector bRe = DoubleVector.fromArray(SPECIES, re, at + quarter);
        DoubleVector bIm = DoubleVector.fromArray(SPECIES, im, at + quarter);
        DoubleVector cRe = DoubleVector.fromArray(SPECIES, re, at + 2 * quarter);
        DoubleVector cIm = DoubleVector.fromArray(SPECIES, im, at + 2 * quarter);
        DoubleVector dRe = DoubleVector.fromArray(SPECIES, re, at + 3 * quarter);
        DoubleVector dIm = DoubleVector.fromArray(SPECIES, im, at + 3 * quarter);
        DoubleVector acRe = aRe.add(cRe);
        DoubleVector acIm = aIm.add(cIm);
        DoubleVector bdRe = bRe.add(dRe);
        DoubleVector bdIm = bIm.add(dIm);
        DoubleVector a_cRe = aRe.sub(cRe);
        DoubleVector a_cIm = aIm.sub(cIm);
        DoubleVector b_dRe = bRe.sub(dRe);
        DoubleVector b_dIm = bIm.sub(dIm);
        acRe.add(bdRe).intoArray(re, at);
        acIm.add(bdIm).intoArray(im, at);
        // (a − c) + i(b − d), a + c − (b + d), (a − c) − i(b − d), each times its root.
        storeTimesRoot(a_cRe.sub(b_dIm), a_cIm.add(b_dRe), re, im, at + quarter, root);
        storeTimesRoot(acRe.sub(bdRe), acIm.sub(bdIm), re, im, at + 2 * quarter, 2 * root);
        storeTimesRoot(a_cRe.add(b_dIm), a_cIm.sub(b_dRe), re, im, at + 3 * quarter, 3 * root);
    }

    private static void storeTimesRoot(DoubleVector xRe, DoubleVector xIm, double[] re, double[] im, int at, int root) {
        double wRe = ROOT_RE[root];
        double wIm = ROOT_IM[root];
        DoubleVector vRe = DoubleVector.broadcast(SPECIES, wRe);
        DoubleVector vIm = DoubleVector.broadcast(SPECIES, wIm);
        xRe.fma(vRe, xIm.mul(-wIm)).intoArray(re, at);
        xIm.fma(vRe, xRe.mul(vIm)).intoArray(im, at);
    }

    private static void inverseButterfly(double[] re, double[] im, int at, int quarter, int root) {
        DoubleVector t0Re = DoubleVector.fromArray(SPECIES, re, at);
        DoubleVector t0Im = DoubleVector.fromArray(SPECIES, im, at);
        DoubleVector t1Re = conjugateRootRe(re, im, at + quarter, root);
        DoubleVector t1Im = conjugateRootIm(re, im, at + quarter, root);
        DoubleVector t2Re = conjugateRootRe(re, im, at + 2 * quarter, 2 * root);
        DoubleVector t2Im = conjugateRootIm(re, im, at + 2 * quarter, 2 * root);
        DoubleVector t3Re = conjugateRootRe(re, im, at + 3 * quarter, 3 * root);
        DoubleVector t3Im = conjugateRootIm(re, im, at + 3 * quarter, 3 * root);
        DoubleVector t02Re = t0Re.add(t2Re);
        DoubleVector t02Im = t0Im.add(t2Im);
        DoubleVector t13Re = t1Re.add(t3Re);
        DoubleVector t13Im = t1Im.add(t3Im);
        DoubleVector t0_2Re = t0Re.sub(t2Re);
        DoubleVector t0_2Im = t0Im.sub(t2Im);
        DoubleVector t1_3Re = t1Re.sub(t3Re);
        DoubleVector t1_3Im = t1Im.sub(t3Im);
        t02Re.add(t13Re).intoArray(re, at);
        t02Im.add(t13Im).intoArray(im, at);
        t0_2Re.add(t1_3Im).intoArray(re, at + quarter);
        t0_2Im.sub(t1_3Re).intoArray(im, at + quarter);
        t02Re.sub(t13Re).intoArray(re, at + 2 * quarter);
        t02Im.sub(t13Im).intoArray(im, at + 2 * quarter);
        t0_2Re.sub(t1_3Im).intoArray(re, at + 3 * quarter);
        t0_2Im.add(t1_3Re).intoArray(im, at + 3 * quarter);
    }

    private static DoubleVector conjugateRootRe(double[] re, double[] im, int at, int root) {
        DoubleVector x = DoubleVector.fromArray(SPECIES, re, at);
        DoubleVector y = DoubleVector.fromArray(SPECIES, im, at);
        return x.fma(DoubleVector.broadcast(SPECIES, ROOT_RE[root]), y.mul(ROOT_IM[root]));
    }

    private static DoubleVector conjugateRootIm(double[] re, double[] im, int at, int root) {
        DoubleVector x = DoubleVector.fromArray(SPECIES, re, at);
        DoubleVector y = DoubleVector.fromArray(SPECIES, im, at);
        return y.fma(DoubleVector.broadcast(SPECIES, ROOT_RE[root]), x.mul(-ROOT_IM[root]));
    }

    private static void radix2(double[] re, double[] im) {
        for (int at = 0; at < laneArrayLength(); at += 2 * LANES) {
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, re, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, im, at);
            DoubleVector bRe = DoubleVector.fromArray(SPECIES, re, at + LANES);
            DoubleVector bIm = DoubleVector.fromArray(SPECIES, im, at + LANES);
            aRe.add(bRe).intoArray(re, at);
            aIm.add(bIm).intoArray(im, at);
            aRe.sub(bRe).intoArray(re, at + LANES);
            aIm.sub(bIm).intoArray(im, at + LANES);
        }
    }
}
