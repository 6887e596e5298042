package io.veilora.client.linear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost part of {@link FloatGemm}: {@value #ROWS} rows by two vectors of C stay in registers while k runs; each step
 * loads two vectors of B and broadcasts one element of A per row.
 */
final class FloatKernel {
    static final int ROWS = 8;

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    static final int PANEL = 2 * LANES;

    private FloatKernel() {}

    /** Adds A·B to C, or overwrites C. B is at least PANEL wide with contiguous rows; C may be narrower. */
    static void run(FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean accumulate) {
        int row = 0;
        for (; row + ROWS <= c.rows(); row += ROWS) {
            eightRows(a, row, b, c, accumulate);
        }
        for (; row < c.rows(); row++) {
            oneRow(a, row, b, c, accumulate);
        }
    }

    private static void eightRows(FloatMatrix a, int row, FloatMatrix b, FloatMatrix c, boolean accumulate) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        FloatVector c40 = zero, c41 = zero, c50 = zero, c51 = zero, c60 = zero, c61 = zero, c70 = zero, c71 = zero;
        float[] left = a.values();
        float[] right = b.values();
        int down = a.rowStride();
        int i = a.index(row, 0);
        int j = b.offset();
        for (int k = 0; k < a.columns(); k++) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, right, j);
            FloatVector b1 = FloatVector.fromArray(SPECIES, right, j + LANES);
            FloatVector a0 = FloatVector.broadcast(SPECIES, left[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, left[i + down]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, left[i + 2 * down]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, left[i + 3 * down]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(SPECIES, left[i + 4 * down]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(SPECIES, left[i + 5 * down]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(SPECIES, left[i + 6 * down]);
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(SPECIES, left[i + 7 * down]);
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
            i += a.columnStride();
            j += b.rowStride();
        }
        store(c00, c01, c, row, accumulate);
        store(c10, c11, c, row + 1, accumulate);
        store(c20, c21, c, row + 2, accumulate);
        store(c30, c31, c, row + 3, accumulate);
        store(c40, c41, c, row + 4, accumulate);
        store(c50, c51, c, row + 5, accumulate);
        store(c60, c61, c, row + 6, accumulate);
        store(c70, c71, c, row + 7, accumulate);
    }

    private static void oneRow(FloatMatrix a, int row, FloatMatrix b, FloatMatrix c, boolean accumulate) {
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector c1 = FloatVector.zero(SPECIES);
        int i = a.index(row, 0);
        int j = b.offset();
        for (int k = 0; k < a.columns(); k++) {
            FloatVector element = FloatVector.broadcast(SPECIES, a.values()[i]);
            c0 = element.fma(FloatVector.fromArray(SPECIES, b.values(), j), c0);
            c1 = element.fma(FloatVector.fromArray(SPECIES, b.values(), j + LANES), c1);
            i += a.columnStride();
            j += b.rowStride();
        }
        store(c0, c1, c, row, accumulate);
    }

    private static void store(FloatVector low, FloatVector high, FloatMatrix c, int row, boolean accumulate) {
        float[] values = c.values();
        int at = c.index(row, 0);
        if (c.columns() == PANEL) {
            if (accumulate) {
                low = low.add(FloatVector.fromArray(SPECIES, values, at));
                high = high.add(FloatVector.fromArray(SPECIES, values, at + LANES));
            }
            low.intoArray(values, at);
            high.intoArray(values, at + LANES);
        } else {
            storeNarrow(low, values, at, c.columns(), accumulate);
            if (c.columns() > LANES) {
                storeNarrow(high, values, at + LANES, c.columns() - LANES, accumulate);
            }
        }
    }

    private static void storeNarrow(FloatVector sum, float[] values, int at, int columns, boolean accumulate) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, columns);
        if (accumulate) {
            sum = sum.add(FloatVector.fromArray(SPECIES, values, at, mask));
        }
        sum.intoArray(values, at, mask);
    }
}
