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
 * <p>A <i>lane array</i> holds {@code M} complex numbers for {@link #LANES} polynomials: point {@code m} has its real parts
 * at {@code at + m·stride} and its imaginary parts {@code LANES} further.
 */
final class NegacyclicTransform {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    /** Polynomials transformed at once. */
    static final int LANES = SPECIES.length();

    /** {@code M}: complex points of a transform. */
    static final int POINTS = 128;

    /** Stride of a lane array whose points follow each other. */
    static final int DENSE = 2 * LANES;

    private static final double[] TWIST_RE = new double[POINTS]; // ψ^m
    private static final double[] TWIST_IM = new double[POINTS];
    private static final double[] UNTWIST_RE =
            new double[2 * POINTS]; // coefficient t is re·UNTWIST_RE[t] + im·UNTWIST_IM[t]
    private static final double[] UNTWIST_IM = new double[2 * POINTS];
    private static final double[] ROOT_RE = new double[POINTS]; // e^{2πi·m/M}
    private static final double[] ROOT_IM = new double[POINTS];

    static {
        for (int m = 0; m < POINTS; m++) {
            TWIST_RE[m] = Math.cos(Math.PI * m / (2 * POINTS));
            TWIST_IM[m] = Math.sin(Math.PI * m / (2 * POINTS));
            UNTWIST_RE[m] = TWIST_RE[m] / POINTS;
            UNTWIST_IM[m] = TWIST_IM[m] / POINTS;
            UNTWIST_RE[m + POINTS] = -TWIST_IM[m] / POINTS;
            UNTWIST_IM[m + POINTS] = TWIST_RE[m] / POINTS;
            ROOT_RE[m] = Math.cos(2 * Math.PI * m / POINTS);
            ROOT_IM[m] = Math.sin(2 * Math.PI * m / POINTS);
        }
    }

    private NegacyclicTransform() {}

    /** Doubles in a lane array whose points follow each other. */
    static int laneArrayLength() {
        return POINTS * DENSE;
    }

    /**
     * Transforms in place; on entry the real parts are coefficients {@code 0 … M−1} and the imaginary parts coefficients
     * {@code M … N−1}.
     *
     * @param data holds a lane array from {@code at} on, its points {@code stride} apart
     */
    static void forward(double[] data, int at, int stride) {
        for (int m = 0, p = at; m < POINTS; m++, p += stride) {
            DoubleVector re = DoubleVector.fromArray(SPECIES, data, p);
            DoubleVector im = DoubleVector.fromArray(SPECIES, data, p + LANES);
            re.mul(TWIST_RE[m]).sub(im.mul(TWIST_IM[m])).intoArray(data, p);
            re.mul(TWIST_IM[m]).add(im.mul(TWIST_RE[m])).intoArray(data, p + LANES);
        }
        for (int size = POINTS; size >= 8; size /= 4) {
            for (int start = 0; start < POINTS; start += size) {
                forwardButterflies(data, at + start * stride, stride, size);
            }
        }
        radix2(data, at, stride);
    }

    /** Undoes {@link #forward} up to the twist and the factor {@code 1/M}, see {@link #untwist}; points are dense. */
    static void inverse(double[] data, int at) {
        radix2(data, at, DENSE);
        for (int size = 8; size <= POINTS; size *= 4) {
            for (int start = 0; start < POINTS; start += size) {
                inverseButterflies(data, at + start * DENSE, size);
            }
        }
    }

    /** Coefficient {@code t} from point {@code t mod M} of an {@link #inverse}. */
    static DoubleVector untwist(DoubleVector re, DoubleVector im, int t) {
        return re.mul(UNTWIST_RE[t]).add(im.mul(UNTWIST_IM[t]));
    }

    /**
     * One stage over {@code size} neighbouring points. In one piece on purpose: too long to be inlined, it is compiled by
     * itself, where all its vector operations are; as a part of {@link #forward} the last of them were not (the compiler's
     * limit of nodes), and the transform three times slower.
     */
    private static void forwardButterflies(double[] data, int first, int stride, int size) {
        int quarter = size / 4 * stride;
        for (int j = 0, at = first; j < size / 4; j++, at += stride) {
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector bRe = DoubleVector.fromArray(SPECIES, data, at + quarter);
            DoubleVector bIm = DoubleVector.fromArray(SPECIES, data, at + quarter + LANES);
            DoubleVector cRe = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter);
            DoubleVector cIm = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter + LANES);
            DoubleVector dRe = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter);
            DoubleVector dIm = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter + LANES);
            DoubleVector acRe = aRe.add(cRe);
            DoubleVector acIm = aIm.add(cIm);
            DoubleVector bdRe = bRe.add(dRe);
            DoubleVector bdIm = bIm.add(dIm);
            DoubleVector a_cRe = aRe.sub(cRe);
            DoubleVector a_cIm = aIm.sub(cIm);
            DoubleVector b_dRe = bRe.sub(dRe);
            DoubleVector b_dIm = bIm.sub(dIm);
            acRe.add(bdRe).intoArray(data, at);
            acIm.add(bdIm).intoArray(data, at + LANES);
            // (a − c) + i(b − d), a + c − (b + d), (a − c) − i(b − d), each times its root.
            int root = j * (POINTS / size);
            DoubleVector re = a_cRe.sub(b_dIm);
            DoubleVector im = a_cIm.add(b_dRe);
            re.mul(ROOT_RE[root]).sub(im.mul(ROOT_IM[root])).intoArray(data, at + quarter);
            im.mul(ROOT_RE[root]).add(re.mul(ROOT_IM[root])).intoArray(data, at + quarter + LANES);
            re = acRe.sub(bdRe);
            im = acIm.sub(bdIm);
            re.mul(ROOT_RE[2 * root]).sub(im.mul(ROOT_IM[2 * root])).intoArray(data, at + 2 * quarter);
            im.mul(ROOT_RE[2 * root]).add(re.mul(ROOT_IM[2 * root])).intoArray(data, at + 2 * quarter + LANES);
            re = a_cRe.add(b_dIm);
            im = a_cIm.sub(b_dRe);
            re.mul(ROOT_RE[3 * root]).sub(im.mul(ROOT_IM[3 * root])).intoArray(data, at + 3 * quarter);
            im.mul(ROOT_RE[3 * root]).add(re.mul(ROOT_IM[3 * root])).intoArray(data, at + 3 * quarter + LANES);
        }
    }

    /** As {@link #forwardButterflies}, also in one piece. */
    private static void inverseButterflies(double[] data, int first, int size) {
        int quarter = size / 4 * DENSE;
        for (int j = 0, at = first; j < size / 4; j++, at += DENSE) {
            int root = j * (POINTS / size);
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector re = DoubleVector.fromArray(SPECIES, data, at + quarter);
            DoubleVector im = DoubleVector.fromArray(SPECIES, data, at + quarter + LANES);
            DoubleVector bRe = re.mul(ROOT_RE[root]).add(im.mul(ROOT_IM[root]));
            DoubleVector bIm = im.mul(ROOT_RE[root]).sub(re.mul(ROOT_IM[root]));
            re = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter + LANES);
            DoubleVector cRe = re.mul(ROOT_RE[2 * root]).add(im.mul(ROOT_IM[2 * root]));
            DoubleVector cIm = im.mul(ROOT_RE[2 * root]).sub(re.mul(ROOT_IM[2 * root]));
            re = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter + LANES);
            DoubleVector dRe = re.mul(ROOT_RE[3 * root]).add(im.mul(ROOT_IM[3 * root]));
            DoubleVector dIm = im.mul(ROOT_RE[3 * root]).sub(re.mul(ROOT_IM[3 * root]));
            DoubleVector acRe = aRe.add(cRe);
            DoubleVector acIm = aIm.add(cIm);
            DoubleVector bdRe = bRe.add(dRe);
            DoubleVector bdIm = bIm.add(dIm);
            DoubleVector a_cRe = aRe.sub(cRe);
            DoubleVector a_cIm = aIm.sub(cIm);
            DoubleVector b_dRe = bRe.sub(dRe);
            DoubleVector b_dIm = bIm.sub(dIm);
            acRe.add(bdRe).intoArray(data, at);
            acIm.add(bdIm).intoArray(data, at + LANES);
            a_cRe.add(b_dIm).intoArray(data, at + quarter);
            a_cIm.sub(b_dRe).intoArray(data, at + quarter + LANES);
            acRe.sub(bdRe).intoArray(data, at + 2 * quarter);
            acIm.sub(bdIm).intoArray(data, at + 2 * quarter + LANES);
            a_cRe.sub(b_dIm).intoArray(data, at + 3 * quarter);
            a_cIm.add(b_dRe).intoArray(data, at + 3 * quarter + LANES);
        }
    }

    private static void radix2(double[] data, int first, int stride) {
        for (int m = 0, at = first; m < POINTS; m += 2, at += 2 * stride) {
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector bRe = DoubleVector.fromArray(SPECIES, data, at + stride);
            DoubleVector bIm = DoubleVector.fromArray(SPECIES, data, at + stride + LANES);
            aRe.add(bRe).intoArray(data, at);
            aIm.add(bIm).intoArray(data, at + LANES);
            aRe.sub(bRe).intoArray(data, at + stride);
            aIm.sub(bIm).intoArray(data, at + stride + LANES);
        }
    }
}
