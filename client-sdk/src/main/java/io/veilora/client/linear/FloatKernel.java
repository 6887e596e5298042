package io.veilora.client.linear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost part of {@link FloatGemm}, {@code C += A·B} on one panel: a tile of C stays in registers while k runs, each
 * step loads a row of B's panel and broadcasts one element of A per row. Tiles are four rows by four vectors, the shape
 * that came nearest to the peak of fused multiply-adds, or eight rows by one vector at a narrow edge.
 */
final class FloatKernel {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    static final int PANEL = 4 * LANES;

    private FloatKernel() {}

    /** B's rows are contiguous; B and C have the same number of columns, whole vectors, at most PANEL. */
    static void run(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        int row = 0;
        if (c.columns() == PANEL) {
            for (; row + 4 <= c.rows(); row += 4) {
                fourRows(a, row, b, c);
            }
            for (; row < c.rows(); row++) {
                oneRow(a, row, b, c);
            }
            return;
        }
        for (int column = 0; column < c.columns(); column += LANES) {
            for (row = 0; row + 8 <= c.rows(); row += 8) {
                eightRowsOfAVector(a, row, b, b.index(0, column), c, c.index(row, column));
            }
            for (; row < c.rows(); row++) {
                oneRowOfAVector(a, row, b, b.index(0, column), c, c.index(row, column));
            }
        }
    }

    private static void fourRows(FloatMatrix a, int row, FloatMatrix b, FloatMatrix c) {
        float[] sums = c.values();
        int at0 = c.index(row, 0), at1 = c.index(row + 1, 0), at2 = c.index(row + 2, 0), at3 = c.index(row + 3, 0);
        FloatVector c00 = load(sums, at0, 0),
                c01 = load(sums, at0, 1),
                c02 = load(sums, at0, 2),
                c03 = load(sums, at0, 3);
        FloatVector c10 = load(sums, at1, 0),
                c11 = load(sums, at1, 1),
                c12 = load(sums, at1, 2),
                c13 = load(sums, at1, 3);
        FloatVector c20 = load(sums, at2, 0),
                c21 = load(sums, at2, 1),
                c22 = load(sums, at2, 2),
                c23 = load(sums, at2, 3);
        FloatVector c30 = load(sums, at3, 0),
                c31 = load(sums, at3, 1),
                c32 = load(sums, at3, 2),
                c33 = load(sums, at3, 3);
        float[] left = a.values();
        float[] right = b.values();
        int i = a.index(row, 0), down = a.rowStride(), along = a.columnStride(), depth = a.columns();
        int j = b.offset(), next = b.rowStride();
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = load(right, j, 0), b1 = load(right, j, 1), b2 = load(right, j, 2), b3 = load(right, j, 3);
            FloatVector a0 = FloatVector.broadcast(SPECIES, left[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            FloatVector a1 = FloatVector.broadcast(SPECIES, left[i + down]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            c13 = a1.fma(b3, c13);
            FloatVector a2 = FloatVector.broadcast(SPECIES, left[i + 2 * down]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            c23 = a2.fma(b3, c23);
            FloatVector a3 = FloatVector.broadcast(SPECIES, left[i + 3 * down]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            c33 = a3.fma(b3, c33);
            i += along;
            j += next;
        }
        store(c00, c01, c02, c03, sums, at0);
        store(c10, c11, c12, c13, sums, at1);
        store(c20, c21, c22, c23, sums, at2);
        store(c30, c31, c32, c33, sums, at3);
    }

    private static void oneRow(FloatMatrix a, int row, FloatMatrix b, FloatMatrix c) {
        int at = c.index(row, 0);
        float[] sums = c.values();
        FloatVector c0 = load(sums, at, 0), c1 = load(sums, at, 1), c2 = load(sums, at, 2), c3 = load(sums, at, 3);
        float[] left = a.values();
        float[] right = b.values();
        int i = a.index(row, 0), along = a.columnStride(), depth = a.columns();
        int j = b.offset(), next = b.rowStride();
        for (int k = 0; k < depth; k++) {
            FloatVector a0 = FloatVector.broadcast(SPECIES, left[i]);
            c0 = a0.fma(load(right, j, 0), c0);
            c1 = a0.fma(load(right, j, 1), c1);
            c2 = a0.fma(load(right, j, 2), c2);
            c3 = a0.fma(load(right, j, 3), c3);
            i += along;
            j += next;
        }
        store(c0, c1, c2, c3, sums, at);
    }

    private static void eightRowsOfAVector(FloatMatrix a, int row, FloatMatrix b, int j, FloatMatrix c, int at) {
        float[] sums = c.values();
        int gap = c.rowStride();
        FloatVector c0 = FloatVector.fromArray(SPECIES, sums, at);
        FloatVector c1 = FloatVector.fromArray(SPECIES, sums, at + gap);
        FloatVector c2 = FloatVector.fromArray(SPECIES, sums, at + 2 * gap);
        FloatVector c3 = FloatVector.fromArray(SPECIES, sums, at + 3 * gap);
        FloatVector c4 = FloatVector.fromArray(SPECIES, sums, at + 4 * gap);
        FloatVector c5 = FloatVector.fromArray(SPECIES, sums, at + 5 * gap);
        FloatVector c6 = FloatVector.fromArray(SPECIES, sums, at + 6 * gap);
        FloatVector c7 = FloatVector.fromArray(SPECIES, sums, at + 7 * gap);
        float[] left = a.values();
        float[] right = b.values();
        int i = a.index(row, 0), down = a.rowStride(), along = a.columnStride(), depth = a.columns();
        int next = b.rowStride();
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, right, j);
            c0 = b0.fma(FloatVector.broadcast(SPECIES, left[i]), c0);
            c1 = b0.fma(FloatVector.broadcast(SPECIES, left[i + down]), c1);
            c2 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 2 * down]), c2);
            c3 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 3 * down]), c3);
            c4 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 4 * down]), c4);
            c5 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 5 * down]), c5);
            c6 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 6 * down]), c6);
            c7 = b0.fma(FloatVector.broadcast(SPECIES, left[i + 7 * down]), c7);
            i += along;
            j += next;
        }
        c0.intoArray(sums, at);
        c1.intoArray(sums, at + gap);
        c2.intoArray(sums, at + 2 * gap);
        c3.intoArray(sums, at + 3 * gap);
        c4.intoArray(sums, at + 4 * gap);
        c5.intoArray(sums, at + 5 * gap);
        c6.intoArray(sums, at + 6 * gap);
        c7.intoArray(sums, at + 7 * gap);
    }

    private static void oneRowOfAVector(FloatMatrix a, int row, FloatMatrix b, int j, FloatMatrix c, int at) {
        FloatVector sum = FloatVector.fromArray(SPECIES, c.values(), at);
        float[] left = a.values();
        float[] right = b.values();
        int i = a.index(row, 0);
        for (int k = 0; k < a.columns(); k++) {
            sum = FloatVector.fromArray(SPECIES, right, j).fma(FloatVector.broadcast(SPECIES, left[i]), sum);
            i += a.columnStride();
            j += b.rowStride();
        }
        sum.intoArray(c.values(), at);
    }

    private static FloatVector load(float[] values, int at, int vector) {
        return FloatVector.fromArray(SPECIES, values, at + vector * LANES);
    }

    private static void store(FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3, float[] values, int at) {
        v0.intoArray(values, at);
        v1.intoArray(values, at + LANES);
        v2.intoArray(values, at + 2 * LANES);
        v3.intoArray(values, at + 3 * LANES);
    }
}
