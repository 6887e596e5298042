package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.HALF_ROOT;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.LARGE_ROOTS;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SMALL;
import static io.veilora.client.crypto.NegacyclicTransform.SMALL_ROOTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import jdk.incubator.vector.DoubleVector;

/** The forward half of {@link NegacyclicTransform}. */
final class ForwardTransform {
    private ForwardTransform() {}

    /**
     * Transforms twisted coefficients.
     *
     * @param scratch a dense lane array, overwritten: point {@code m} is {@code ψ^m·(a_m + i·a_{m+M})}
     * @param out gets a lane array from {@code at} on, its points {@code stride} apart
     */
    static void run(double[] scratch, double[] out, int at, int stride) {
        forwardPass(scratch, 0, POINTS, LARGE_ROOTS);
        for (int first = 0; first < POINTS; first += SMALL) {
            forwardPass(scratch, first, SMALL, SMALL_ROOTS);
        }
        forwardOctets(scratch, out, at, stride);
    }

    /** Radix 4 over {@code size} neighbouring points. */
    private static void forwardPass(double[] data, int first, int size, double[] roots) {
        int quarter = size / 4 * DENSE;
        for (int j = 0, at = first * DENSE; j < size / 4; j++, at += DENSE) {
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
            DoubleVector rootRe = DoubleVector.broadcast(SPECIES, roots[9 * j]);
            DoubleVector rootIm = DoubleVector.broadcast(SPECIES, roots[9 * j + 1]);
            DoubleVector rootNeg = DoubleVector.broadcast(SPECIES, roots[9 * j + 2]);
            DoubleVector re = a_cRe.sub(b_dIm);
            DoubleVector im = a_cIm.add(b_dRe);
            re.fma(rootRe, im.mul(rootNeg)).intoArray(data, at + quarter);
            im.fma(rootRe, re.mul(rootIm)).intoArray(data, at + quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, roots[9 * j + 3]);
            rootIm = DoubleVector.broadcast(SPECIES, roots[9 * j + 4]);
            rootNeg = DoubleVector.broadcast(SPECIES, roots[9 * j + 5]);
            re = acRe.sub(bdRe);
            im = acIm.sub(bdIm);
            re.fma(rootRe, im.mul(rootNeg)).intoArray(data, at + 2 * quarter);
            im.fma(rootRe, re.mul(rootIm)).intoArray(data, at + 2 * quarter + LANES);
            rootRe = DoubleVector.broadcast(SPECIES, roots[9 * j + 6]);
            rootIm = DoubleVector.broadcast(SPECIES, roots[9 * j + 7]);
            rootNeg = DoubleVector.broadcast(SPECIES, roots[9 * j + 8]);
            re = a_cRe.add(b_dIm);
            im = a_cIm.sub(b_dRe);
            re.fma(rootRe, im.mul(rootNeg)).intoArray(data, at + 3 * quarter);
            im.fma(rootRe, re.mul(rootIm)).intoArray(data, at + 3 * quarter + LANES);
        }
    }

    /** The last pass: radix 8, as radix 4 over points of equal parity and radix 2 over neighbours. */
    private static void forwardOctets(double[] data, double[] out, int at, int stride) {
        for (int from = 0, to = at; from < POINTS * DENSE; from += 8 * DENSE, to += 8 * stride) {
            DoubleVector a0Re = DoubleVector.fromArray(SPECIES, data, from);
            DoubleVector a0Im = DoubleVector.fromArray(SPECIES, data, from + LANES);
            DoubleVector b0Re = DoubleVector.fromArray(SPECIES, data, from + 2 * DENSE);
            DoubleVector b0Im = DoubleVector.fromArray(SPECIES, data, from + 2 * DENSE + LANES);
            DoubleVector c0Re = DoubleVector.fromArray(SPECIES, data, from + 4 * DENSE);
            DoubleVector c0Im = DoubleVector.fromArray(SPECIES, data, from + 4 * DENSE + LANES);
            DoubleVector d0Re = DoubleVector.fromArray(SPECIES, data, from + 6 * DENSE);
            DoubleVector d0Im = DoubleVector.fromArray(SPECIES, data, from + 6 * DENSE + LANES);
            DoubleVector ac0Re = a0Re.add(c0Re);
            DoubleVector bd0Re = b0Re.add(d0Re);
            DoubleVector a_c0Re = a0Re.sub(c0Re);
            DoubleVector b_d0Re = b0Re.sub(d0Re);
            DoubleVector ac0Im = a0Im.add(c0Im);
            DoubleVector bd0Im = b0Im.add(d0Im);
            DoubleVector a_c0Im = a0Im.sub(c0Im);
            DoubleVector b_d0Im = b0Im.sub(d0Im);
            DoubleVector p0Re = ac0Re.add(bd0Re);
            DoubleVector p0Im = ac0Im.add(bd0Im);
            DoubleVector q0Re = a_c0Re.sub(b_d0Im);
            DoubleVector q0Im = a_c0Im.add(b_d0Re);
            DoubleVector r0Re = ac0Re.sub(bd0Re);
            DoubleVector r0Im = ac0Im.sub(bd0Im);
            DoubleVector t0Re = a_c0Re.add(b_d0Im);
            DoubleVector t0Im = a_c0Im.sub(b_d0Re);
            DoubleVector a1Re = DoubleVector.fromArray(SPECIES, data, from + DENSE);
            DoubleVector a1Im = DoubleVector.fromArray(SPECIES, data, from + DENSE + LANES);
            DoubleVector b1Re = DoubleVector.fromArray(SPECIES, data, from + 3 * DENSE);
            DoubleVector b1Im = DoubleVector.fromArray(SPECIES, data, from + 3 * DENSE + LANES);
            DoubleVector c1Re = DoubleVector.fromArray(SPECIES, data, from + 5 * DENSE);
            DoubleVector c1Im = DoubleVector.fromArray(SPECIES, data, from + 5 * DENSE + LANES);
            DoubleVector d1Re = DoubleVector.fromArray(SPECIES, data, from + 7 * DENSE);
            DoubleVector d1Im = DoubleVector.fromArray(SPECIES, data, from + 7 * DENSE + LANES);
            DoubleVector ac1Re = a1Re.add(c1Re);
            DoubleVector bd1Re = b1Re.add(d1Re);
            DoubleVector a_c1Re = a1Re.sub(c1Re);
            DoubleVector b_d1Re = b1Re.sub(d1Re);
            DoubleVector ac1Im = a1Im.add(c1Im);
            DoubleVector bd1Im = b1Im.add(d1Im);
            DoubleVector a_c1Im = a1Im.sub(c1Im);
            DoubleVector b_d1Im = b1Im.sub(d1Im);
            DoubleVector p1Re = ac1Re.add(bd1Re);
            DoubleVector p1Im = ac1Im.add(bd1Im);
            DoubleVector q1Re = a_c1Re.sub(b_d1Im);
            DoubleVector q1Im = a_c1Im.add(b_d1Re);
            DoubleVector r1Re = ac1Re.sub(bd1Re);
            DoubleVector r1Im = ac1Im.sub(bd1Im);
            DoubleVector t1Re = a_c1Re.add(b_d1Im);
            DoubleVector t1Im = a_c1Im.sub(b_d1Re);
            // the odd points times e^{iπ/4}, i, e^{3iπ/4}
            DoubleVector qRe = q1Re.sub(q1Im).mul(HALF_ROOT);
            DoubleVector qIm = q1Re.add(q1Im).mul(HALF_ROOT);
            DoubleVector tRe = t1Re.add(t1Im).mul(-HALF_ROOT);
            DoubleVector tIm = t1Re.sub(t1Im).mul(HALF_ROOT);
            p0Re.add(p1Re).intoArray(out, to);
            p0Im.add(p1Im).intoArray(out, to + LANES);
            p0Re.sub(p1Re).intoArray(out, to + stride);
            p0Im.sub(p1Im).intoArray(out, to + stride + LANES);
            q0Re.add(qRe).intoArray(out, to + 2 * stride);
            q0Im.add(qIm).intoArray(out, to + 2 * stride + LANES);
            q0Re.sub(qRe).intoArray(out, to + 3 * stride);
            q0Im.sub(qIm).intoArray(out, to + 3 * stride + LANES);
            r0Re.sub(r1Im).intoArray(out, to + 4 * stride);
            r0Im.add(r1Re).intoArray(out, to + 4 * stride + LANES);
            r0Re.add(r1Im).intoArray(out, to + 5 * stride);
            r0Im.sub(r1Re).intoArray(out, to + 5 * stride + LANES);
            t0Re.add(tRe).intoArray(out, to + 6 * stride);
            t0Im.add(tIm).intoArray(out, to + 6 * stride + LANES);
            t0Re.sub(tRe).intoArray(out, to + 7 * stride);
            t0Im.sub(tIm).intoArray(out, to + 7 * stride + LANES);
        }
    }
}
