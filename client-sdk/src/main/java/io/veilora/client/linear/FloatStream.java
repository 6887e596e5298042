package io.veilora.client.linear;

import static io.veilora.client.linear.FloatKernel.LANES;
import static io.veilora.client.linear.FloatKernel.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * {@code C += A·B} for a thin A, few rows or few columns: then B or C is large and read once, and what counts is to run along
 * its rows. Strips of columns stay in the first-level cache; in a strip, four rows of C take up four rows of B at a time.
 *
 * <p>Every element of C is one chain of fused multiply-adds in the order of k, as in {@link FloatKernel}: the same bits.
 */
final class FloatStream {
    /** A is thin if it has at most so many rows, or so many columns. */
    static final int THIN = 16;

    static final int STRIP = 512;
    private static final int GROUP = 4;

    private FloatStream() {}

    /** Rows of B and C are contiguous. */
    static void run(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        for (int column = 0; column < c.columns(); column += STRIP) {
            int columns = Math.min(STRIP, c.columns() - column);
            strip(a, b.columnRange(column, columns), c.columnRange(column, columns));
        }
    }

    /** The loop over the thin side is inside, so that the other one is passed once. */
    private static void strip(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        if (a.columns() <= THIN) {
            for (int row = 0; row < c.rows(); row += GROUP) {
                for (int k = 0; k < a.columns(); k += GROUP) {
                    group(a, b, c, row, k);
                }
            }
        } else {
            for (int k = 0; k < a.columns(); k += GROUP) {
                for (int row = 0; row < c.rows(); row += GROUP) {
                    group(a, b, c, row, k);
                }
            }
        }
    }

    private static void group(FloatMatrix a, FloatMatrix b, FloatMatrix c, int row, int k) {
        if (row + GROUP <= c.rows() && k + GROUP <= a.columns()) {
            fourByFour(a, b, c, row, k);
            return;
        }
        for (int i = row; i < Math.min(row + GROUP, c.rows()); i++) {
            for (int l = k; l < Math.min(k + GROUP, a.columns()); l++) {
                addScaled(a, i, l, b, c, 0);
            }
        }
    }

    private static void fourByFour(FloatMatrix a, FloatMatrix b, FloatMatrix c, int row, int k) {
        FloatVector a00 = factor(a, row, k), a01 = factor(a, row, k + 1), a02 = factor(a, row, k + 2);
        FloatVector a03 = factor(a, row, k + 3);
        FloatVector a10 = factor(a, row + 1, k), a11 = factor(a, row + 1, k + 1), a12 = factor(a, row + 1, k + 2);
        FloatVector a13 = factor(a, row + 1, k + 3);
        FloatVector a20 = factor(a, row + 2, k), a21 = factor(a, row + 2, k + 1), a22 = factor(a, row + 2, k + 2);
        FloatVector a23 = factor(a, row + 2, k + 3);
        FloatVector a30 = factor(a, row + 3, k), a31 = factor(a, row + 3, k + 1), a32 = factor(a, row + 3, k + 2);
        FloatVector a33 = factor(a, row + 3, k + 3);
        float[] right = b.values();
        float[] sums = c.values();
        int from0 = b.index(k, 0), from1 = b.index(k + 1, 0), from2 = b.index(k + 2, 0), from3 = b.index(k + 3, 0);
        int to0 = c.index(row, 0), to1 = c.index(row + 1, 0), to2 = c.index(row + 2, 0), to3 = c.index(row + 3, 0);
        int whole = SPECIES.loopBound(c.columns());
        for (int j = 0; j < whole; j += LANES) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, right, from0 + j);
            FloatVector b1 = FloatVector.fromArray(SPECIES, right, from1 + j);
            FloatVector b2 = FloatVector.fromArray(SPECIES, right, from2 + j);
            FloatVector b3 = FloatVector.fromArray(SPECIES, right, from3 + j);
            FloatVector c0 = a00.fma(b0, FloatVector.fromArray(SPECIES, sums, to0 + j));
            FloatVector c1 = a10.fma(b0, FloatVector.fromArray(SPECIES, sums, to1 + j));
            FloatVector c2 = a20.fma(b0, FloatVector.fromArray(SPECIES, sums, to2 + j));
            FloatVector c3 = a30.fma(b0, FloatVector.fromArray(SPECIES, sums, to3 + j));
            a03.fma(b3, a02.fma(b2, a01.fma(b1, c0))).intoArray(sums, to0 + j);
            a13.fma(b3, a12.fma(b2, a11.fma(b1, c1))).intoArray(sums, to1 + j);
            a23.fma(b3, a22.fma(b2, a21.fma(b1, c2))).intoArray(sums, to2 + j);
            a33.fma(b3, a32.fma(b2, a31.fma(b1, c3))).intoArray(sums, to3 + j);
        }
        for (int i = row; i < row + GROUP && whole < c.columns(); i++) {
            for (int l = k; l < k + GROUP; l++) {
                addScaled(a, i, l, b, c, whole);
            }
        }
    }

    private static FloatVector factor(FloatMatrix a, int row, int column) {
        return FloatVector.broadcast(SPECIES, a.values()[a.index(row, column)]);
    }

    /** {@code C_i += a_il·B_l} from column {@code first} on. */
    private static void addScaled(FloatMatrix a, int i, int l, FloatMatrix b, FloatMatrix c, int first) {
        float factor = a.values()[a.index(i, l)];
        float[] right = b.values();
        float[] sums = c.values();
        int from = b.index(l, 0);
        int to = c.index(i, 0);
        for (int j = first; j < c.columns(); j++) {
            sums[to + j] = Math.fma(factor, right[from + j], sums[to + j]);
        }
    }
}
