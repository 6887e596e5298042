package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.HALF_ROOT;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.LARGE_ROOTS;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SMALL;
import static io.veilora.client.crypto.NegacyclicTransform.SMALL_ROOTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;
import static io.veilora.client.crypto.NegacyclicTransform.UNTWIST;

import jdk.incubator.vector.DoubleVector;

/** The inverse half of {@link NegacyclicTransform}, with the untwist. */
final class InverseTransform {
    private InverseTransform() {}

    /**
     * Undoes {@link ForwardTransform} except for the rounding to integers.
     *
     * @param data a dense lane array, overwritten
     * @param out gets coefficient {@code t} of all lanes at {@code at + t·stride}
     */
    static void run(double[] data, double[] out, int at, int stride) {
        inverseOctets(data);
        inversePass(data);
        inverseLast(data, out, at, stride);
    }

    /** The first pass, mirror image of {@code forwardOctets} of {@link ForwardTransform}. */
    private static void inverseOctets(double[] data) {
        for (int at = 0; at < POINTS * DENSE; at += 8 * DENSE) {
            DoubleVector x0Re = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector x0Im = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector y0Re = DoubleVector.fromArray(SPECIES, data, at + DENSE);
            DoubleVector y0Im = DoubleVector.fromArray(SPECIES, data, at + DENSE + LANES);
            DoubleVector a0Re = x0Re.add(y0Re);
            DoubleVector a0Im = x0Im.add(y0Im);
            DoubleVector aRe = x0Re.sub(y0Re);
            DoubleVector aIm = x0Im.sub(y0Im);
            DoubleVector x1Re = DoubleVector.fromArray(SPECIES, data, at + 2 * DENSE);
            DoubleVector x1Im = DoubleVector.fromArray(SPECIES, data, at + 2 * DENSE + LANES);
            DoubleVector y1Re = DoubleVector.fromArray(SPECIES, data, at + 3 * DENSE);
            DoubleVector y1Im = DoubleVector.fromArray(SPECIES, data, at + 3 * DENSE + LANES);
            DoubleVector b0Re = x1Re.add(y1Re);
            DoubleVector b0Im = x1Im.add(y1Im);
            DoubleVector bRe = x1Re.sub(y1Re);
            DoubleVector bIm = x1Im.sub(y1Im);
            DoubleVector x2Re = DoubleVector.fromArray(SPECIES, data, at + 4 * DENSE);
            DoubleVector x2Im = DoubleVector.fromArray(SPECIES, data, at + 4 * DENSE + LANES);
            DoubleVector y2Re = DoubleVector.fromArray(SPECIES, data, at + 5 * DENSE);
            DoubleVector y2Im = DoubleVector.fromArray(SPECIES, data, at + 5 * DENSE + LANES);
            DoubleVector c0Re = x2Re.add(y2Re);
            DoubleVector c0Im = x2Im.add(y2Im);
            DoubleVector cRe = x2Re.sub(y2Re);
            DoubleVector cIm = x2Im.sub(y2Im);
            DoubleVector x3Re = DoubleVector.fromArray(SPECIES, data, at + 6 * DENSE);
            DoubleVector x3Im = DoubleVector.fromArray(SPECIES, data, at + 6 * DENSE + LANES);
            DoubleVector y3Re = DoubleVector.fromArray(SPECIES, data, at + 7 * DENSE);
            DoubleVector y3Im = DoubleVector.fromArray(SPECIES, data, at + 7 * DENSE + LANES);
            DoubleVector d0Re = x3Re.add(y3Re);
            DoubleVector d0Im = x3Im.add(y3Im);
            DoubleVector dRe = x3Re.sub(y3Re);
            DoubleVector dIm = x3Im.sub(y3Im);
            // the odd points times e^{-iπ/4}, −i, e^{-3iπ/4}
            DoubleVector b1Re = bRe.add(bIm).mul(HALF_ROOT);
            DoubleVector b1Im = bIm.sub(bRe).mul(HALF_ROOT);
            DoubleVector d1Re = dIm.sub(dRe).mul(HALF_ROOT);
            DoubleVector d1Im = dRe.add(dIm).mul(-HALF_ROOT);
            DoubleVector ac0Re = a0Re.add(c0Re);
            DoubleVector ac0Im = a0Im.add(c0Im);
            DoubleVector a_c0Re = a0Re.sub(c0Re);
            DoubleVector a_c0Im = a0Im.sub(c0Im);
            DoubleVector bd0Re = b0Re.add(d0Re);
            DoubleVector bd0Im = b0Im.add(d0Im);
            DoubleVector b_d0Re = b0Re.sub(d0Re);
            DoubleVector b_d0Im = b0Im.sub(d0Im);
            ac0Re.add(bd0Re).intoArray(data, at);
            ac0Im.add(bd0Im).intoArray(data, at + LANES);
            a_c0Re.add(b_d0Im).intoArray(data, at + 2 * DENSE);
            a_c0Im.sub(b_d0Re).intoArray(data, at + 2 * DENSE + LANES);
            ac0Re.sub(bd0Re).intoArray(data, at + 4 * DENSE);
            ac0Im.sub(bd0Im).intoArray(data, at + 4 * DENSE + LANES);
            a_c0Re.sub(b_d0Im).intoArray(data, at + 6 * DENSE);
            a_c0Im.add(b_d0Re).intoArray(data, at + 6 * DENSE + LANES);
            DoubleVector ac1Re = aRe.add(cIm);
            DoubleVector ac1Im = aIm.sub(cRe);
            DoubleVector a_c1Re = aRe.sub(cIm);
            DoubleVector a_c1Im = aIm.add(cRe);
            DoubleVector bd1Re = b1Re.add(d1Re);
            DoubleVector bd1Im = b1Im.add(d1Im);
            DoubleVector b_d1Re = b1Re.sub(d1Re);
            DoubleVector b_d1Im = b1Im.sub(d1Im);
            ac1Re.add(bd1Re).intoArray(data, at + DENSE);
            ac1Im.add(bd1Im).intoArray(data, at + DENSE + LANES);
            a_c1Re.add(b_d1Im).intoArray(data, at + 3 * DENSE);
            a_c1Im.sub(b_d1Re).intoArray(data, at + 3 * DENSE + LANES);
            ac1Re.sub(bd1Re).intoArray(data, at + 5 * DENSE);
            ac1Im.sub(bd1Im).intoArray(data, at + 5 * DENSE + LANES);
            a_c1Re.sub(b_d1Im).intoArray(data, at + 7 * DENSE);
            a_c1Im.add(b_d1Re).intoArray(data, at + 7 * DENSE + LANES);
        }
    }

    /** Radix 4 over every {@link #SMALL} neighbouring points. */
    private static void inversePass(double[] data) {
        int quarter = SMALL / 4 * DENSE;
        for (int i = 0; i < POINTS / 4; i++) {
            int j = i % (SMALL / 4);
            int at = (i / (SMALL / 4) * SMALL + j) * DENSE;
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector re = DoubleVector.fromArray(SPECIES, data, at + quarter);
            DoubleVector im = DoubleVector.fromArray(SPECIES, data, at + quarter + LANES);
            DoubleVector rootRe = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j]);
            DoubleVector rootIm = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 1]);
            DoubleVector rootNeg = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 2]);
            DoubleVector bRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector bIm = im.fma(rootRe, re.mul(rootNeg));
            re = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 3]);
            rootIm = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 4]);
            rootNeg = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 5]);
            DoubleVector cRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector cIm = im.fma(rootRe, re.mul(rootNeg));
            re = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 6]);
            rootIm = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 7]);
            rootNeg = DoubleVector.broadcast(SPECIES, SMALL_ROOTS[9 * j + 8]);
            DoubleVector dRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector dIm = im.fma(rootRe, re.mul(rootNeg));
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

    /** Radix 4 over all points, the untwist, and the way out. */
    private static void inverseLast(double[] data, double[] out, int first, int stride) {
        int quarter = POINTS / 4 * DENSE;
        int upper = POINTS * stride;
        for (int j = 0; j < POINTS / 4; j++) {
            int at = j * DENSE;
            int to = first + j * stride;
            DoubleVector aRe = DoubleVector.fromArray(SPECIES, data, at);
            DoubleVector aIm = DoubleVector.fromArray(SPECIES, data, at + LANES);
            DoubleVector re = DoubleVector.fromArray(SPECIES, data, at + quarter);
            DoubleVector im = DoubleVector.fromArray(SPECIES, data, at + quarter + LANES);
            DoubleVector rootRe = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j]);
            DoubleVector rootIm = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 1]);
            DoubleVector rootNeg = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 2]);
            DoubleVector bRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector bIm = im.fma(rootRe, re.mul(rootNeg));
            re = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 2 * quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 3]);
            rootIm = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 4]);
            rootNeg = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 5]);
            DoubleVector cRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector cIm = im.fma(rootRe, re.mul(rootNeg));
            re = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter);
            im = DoubleVector.fromArray(SPECIES, data, at + 3 * quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 6]);
            rootIm = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 7]);
            rootNeg = DoubleVector.broadcast(SPECIES, LARGE_ROOTS[9 * j + 8]);
            DoubleVector dRe = re.fma(rootRe, im.mul(rootIm));
            DoubleVector dIm = im.fma(rootRe, re.mul(rootNeg));
            DoubleVector acRe = aRe.add(cRe);
            DoubleVector acIm = aIm.add(cIm);
            DoubleVector bdRe = bRe.add(dRe);
            DoubleVector bdIm = bIm.add(dIm);
            DoubleVector a_cRe = aRe.sub(cRe);
            DoubleVector a_cIm = aIm.sub(cIm);
            DoubleVector b_dRe = bRe.sub(dRe);
            DoubleVector b_dIm = bIm.sub(dIm);
            re = acRe.add(bdRe);
            im = acIm.add(bdIm);
            rootRe = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j]);
            rootIm = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 1]);
            rootNeg = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 2]);
            re.fma(rootRe, im.mul(rootIm)).intoArray(out, to);
            im.fma(rootRe, re.mul(rootNeg)).intoArray(out, to + upper);
            re = a_cRe.add(b_dIm);
            im = a_cIm.sub(b_dRe);
            rootRe = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 1 * 3 * POINTS / 4]);
            rootIm = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 1 * 3 * POINTS / 4 + 1]);
            rootNeg = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 1 * 3 * POINTS / 4 + 2]);
            re.fma(rootRe, im.mul(rootIm)).intoArray(out, to + 1 * upper / 4);
            im.fma(rootRe, re.mul(rootNeg)).intoArray(out, to + 1 * upper / 4 + upper);
            re = acRe.sub(bdRe);
            im = acIm.sub(bdIm);
            rootRe = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 2 * 3 * POINTS / 4]);
            rootIm = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 2 * 3 * POINTS / 4 + 1]);
            rootNeg = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 2 * 3 * POINTS / 4 + 2]);
            re.fma(rootRe, im.mul(rootIm)).intoArray(out, to + 2 * upper / 4);
            im.fma(rootRe, re.mul(rootNeg)).intoArray(out, to + 2 * upper / 4 + upper);
            re = a_cRe.sub(b_dIm);
            im = a_cIm.add(b_dRe);
            rootRe = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 3 * 3 * POINTS / 4]);
            rootIm = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 3 * 3 * POINTS / 4 + 1]);
            rootNeg = DoubleVector.broadcast(SPECIES, UNTWIST[3 * j + 3 * 3 * POINTS / 4 + 2]);
            re.fma(rootRe, im.mul(rootIm)).intoArray(out, to + 3 * upper / 4);
            im.fma(rootRe, re.mul(rootNeg)).intoArray(out, to + 3 * upper / 4 + upper);
        }
    }
}
