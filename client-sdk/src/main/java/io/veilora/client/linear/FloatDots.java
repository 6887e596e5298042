package io.veilora.client.linear;

import static io.veilora.client.linear.FloatKernel.LANES;
import static io.veilora.client.linear.FloatKernel.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * {@code C += A·Bᵀ} for few rows of B: inner products along rows of A and B, which are contiguous. A is read once, where
 * {@link FloatKernel} would want B transposed and its columns filled up to whole vectors.
 *
 * <p>A tile of four rows of A and four of B has sixteen sums, a vector each; their lanes are added in a fixed order, so the
 * result has the same bits on any number of cores.
 */
final class FloatDots {
    /** Most rows of B for which this is worth it. */
    static final int MOST_ROWS = 16;

    private static final int TILE = 4;

    private FloatDots() {}

    /** @param b (n, k), the rows that A's are multiplied with */
    static void run(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        float[] lanes = new float[TILE * TILE * LANES];
        float[] sums = new float[TILE * TILE];
        for (int row = 0; row < c.rows(); row += TILE) {
            for (int column = 0; column < c.columns(); column += TILE) {
                if (row + TILE <= c.rows() && column + TILE <= c.columns()) {
                    tile(a.rowRange(row, TILE), b.rowRange(column, TILE), lanes);
                    addLanes(lanes, sums);
                    addTails(a.rowRange(row, TILE), b.rowRange(column, TILE), sums);
                    for (int i = 0; i < TILE * TILE; i++) {
                        c.values()[c.index(row + i / TILE, column + i % TILE)] += sums[i];
                    }
                } else {
                    edge(a, b, c, row, column);
                }
            }
        }
    }

    private static void tile(FloatMatrix a, FloatMatrix b, float[] lanes) {
        FloatVector c00 = FloatVector.zero(SPECIES), c01 = c00, c02 = c00, c03 = c00;
        FloatVector c10 = c00, c11 = c00, c12 = c00, c13 = c00;
        FloatVector c20 = c00, c21 = c00, c22 = c00, c23 = c00;
        FloatVector c30 = c00, c31 = c00, c32 = c00, c33 = c00;
        float[] left = a.values();
        float[] right = b.values();
        int a0 = a.index(0, 0), a1 = a.index(1, 0), a2 = a.index(2, 0), a3 = a.index(3, 0);
        int b0 = b.index(0, 0), b1 = b.index(1, 0), b2 = b.index(2, 0), b3 = b.index(3, 0);
        int whole = SPECIES.loopBound(a.columns());
        for (int k = 0; k < whole; k += LANES) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, right, b0 + k);
            FloatVector x1 = FloatVector.fromArray(SPECIES, right, b1 + k);
            FloatVector x2 = FloatVector.fromArray(SPECIES, right, b2 + k);
            FloatVector x3 = FloatVector.fromArray(SPECIES, right, b3 + k);
            FloatVector y = FloatVector.fromArray(SPECIES, left, a0 + k);
            c00 = y.fma(x0, c00);
            c01 = y.fma(x1, c01);
            c02 = y.fma(x2, c02);
            c03 = y.fma(x3, c03);
            y = FloatVector.fromArray(SPECIES, left, a1 + k);
            c10 = y.fma(x0, c10);
            c11 = y.fma(x1, c11);
            c12 = y.fma(x2, c12);
            c13 = y.fma(x3, c13);
            y = FloatVector.fromArray(SPECIES, left, a2 + k);
            c20 = y.fma(x0, c20);
            c21 = y.fma(x1, c21);
            c22 = y.fma(x2, c22);
            c23 = y.fma(x3, c23);
            y = FloatVector.fromArray(SPECIES, left, a3 + k);
            c30 = y.fma(x0, c30);
            c31 = y.fma(x1, c31);
            c32 = y.fma(x2, c32);
            c33 = y.fma(x3, c33);
        }
        store(c00, c01, c02, c03, lanes, 0);
        store(c10, c11, c12, c13, lanes, TILE * LANES);
        store(c20, c21, c22, c23, lanes, 2 * TILE * LANES);
        store(c30, c31, c32, c33, lanes, 3 * TILE * LANES);
    }

    private static void store(FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3, float[] lanes, int at) {
        v0.intoArray(lanes, at);
        v1.intoArray(lanes, at + LANES);
        v2.intoArray(lanes, at + 2 * LANES);
        v3.intoArray(lanes, at + 3 * LANES);
    }

    private static void addLanes(float[] lanes, float[] sums) {
        Arrays.fill(sums, 0f);
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += lanes[i * LANES + lane];
            }
        }
    }

    /** What is left of the rows behind the last whole vector. */
    private static void addTails(FloatMatrix a, FloatMatrix b, float[] sums) {
        for (int k = SPECIES.loopBound(a.columns()); k < a.columns(); k++) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += a.values()[a.index(i / TILE, k)] * b.values()[b.index(i % TILE, k)];
            }
        }
    }

    /** A tile that is not whole, an element after the other. */
    private static void edge(FloatMatrix a, FloatMatrix b, FloatMatrix c, int row, int column) {
        for (int i = row; i < Math.min(row + TILE, c.rows()); i++) {
            for (int j = column; j < Math.min(column + TILE, c.columns()); j++) {
                c.values()[c.index(i, j)] += dot(a.rowRange(i, 1), b.rowRange(j, 1));
            }
        }
    }

    private static float dot(FloatMatrix a, FloatMatrix b) {
        FloatVector products = FloatVector.zero(SPECIES);
        int whole = SPECIES.loopBound(a.columns());
        for (int k = 0; k < whole; k += LANES) {
            products = FloatVector.fromArray(SPECIES, a.values(), a.offset() + k)
                    .fma(FloatVector.fromArray(SPECIES, b.values(), b.offset() + k), products);
        }
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += products.lane(lane);
        }
        for (int k = whole; k < a.columns(); k++) {
            sum += a.values()[a.offset() + k] * b.values()[b.offset() + k];
        }
        return sum;
    }
}
