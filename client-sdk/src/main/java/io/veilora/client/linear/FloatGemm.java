package io.veilora.client.linear;

import java.util.Arrays;

/**
 * {@code C = A·B} and {@code C += A·B} over float32 with fused multiply-adds: A (m, k), B (k, n), C (m, n); transposed
 * operands are views ({@link FloatMatrix#transposed}), so the same code does {@code x·Wᵀ}, {@code dy·W} and
 * {@code dyᵀ·x}.
 *
 * <p>C is cut into panels of {@link #PANEL} columns. B's part of a panel is packed, {@value #DEPTH} rows at a time, and
 * {@link FloatKernel} runs down the rows. Every element of C is summed in the order of k, whoever computes it, so
 * the result has the same bits on any number of cores. (Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", 2008, without the packing of A: its elements are broadcast straight from where they are.)
 */
public final class FloatGemm {
    /** Columns of C computed together: two vectors. */
    public static final int PANEL = FloatKernel.PANEL;

    private static final int DEPTH = 256;
    private static final int TRANSPOSE_TILE = 64;
    private static final int ROWS_PER_PIECE = 64;
    /** Below this many multiply-adds, waking another core costs more than it gains. */
    private static final long WORTH_SHARING = 1 << 17;

    private FloatGemm() {}

    /** {@code C = A·B} on all cores. */
    public static void multiply(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        share(a, b, c, false);
    }

    /** {@code C += A·B} on all cores. */
    public static void multiplyAdd(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        share(a, b, c, true);
    }

    /** {@code C = A·B} on the calling thread, for work that is already spread over the cores. */
    public static void multiplyHere(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        panels(a, b, c, false);
    }

    /** {@code C += A·B} on the calling thread. */
    public static void multiplyAddHere(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        panels(a, b, c, true);
    }

    private static void share(FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean accumulate) {
        check(a, b, c);
        if ((long) c.rows() * c.columns() * a.columns() < WORTH_SHARING || Cores.count() == 1) {
            panels(a, b, c, accumulate);
            return;
        }
        int panels = pieces(c.columns(), PANEL);
        int wanted = pieces(4 * Cores.count(), panels);
        int height = Math.max(ROWS_PER_PIECE, pieces(pieces(c.rows(), wanted), FloatKernel.ROWS) * FloatKernel.ROWS);
        int strips = pieces(c.rows(), height);
        Cores.forEach(panels * strips, piece -> {
            int column = piece % panels * PANEL;
            int row = piece / panels * height;
            int rows = Math.min(height, c.rows() - row);
            int columns = Math.min(PANEL, c.columns() - column);
            panels(
                    a.rowRange(row, rows),
                    b.columnRange(column, columns),
                    c.rowRange(row, rows).columnRange(column, columns),
                    accumulate);
        });
    }

    /** All of C, panel after panel. */
    private static void panels(FloatMatrix a, FloatMatrix b, FloatMatrix c, boolean accumulate) {
        float[] packed = null;
        for (int column = 0; column < c.columns(); column += PANEL) {
            int columns = Math.min(PANEL, c.columns() - column);
            FloatMatrix target = c.columnRange(column, columns);
            if (a.columns() == 0 && !accumulate) {
                clear(target);
            }
            for (int k = 0; k < a.columns(); k += DEPTH) {
                int depth = Math.min(DEPTH, a.columns() - k);
                FloatMatrix part = b.rowRange(k, depth).columnRange(column, columns);
                if (mustPack(part, c.rows())) {
                    packed = packed == null ? new float[Math.min(DEPTH, a.columns()) * PANEL] : packed;
                    part = pack(part, packed);
                }
                FloatKernel.run(a.columnRange(k, depth), part, target, accumulate || k > 0);
            }
        }
    }

    /** Few rows do not repay packing; narrow or transposed panels must be packed, the kernel reads whole rows. */
    private static boolean mustPack(FloatMatrix part, int rows) {
        return part.columns() < PANEL || part.columnStride() != 1 || rows > ROWS_PER_PIECE;
    }

    /** Copies {@code part} (depth, columns ≤ PANEL) into rows of PANEL values, padded with zeros. */
    private static FloatMatrix pack(FloatMatrix part, float[] packed) {
        int columns = part.columns();
        if (columns < PANEL) {
            Arrays.fill(packed, 0, part.rows() * PANEL, 0f);
        }
        if (part.columnStride() == 1) {
            for (int k = 0; k < part.rows(); k++) {
                System.arraycopy(part.values(), part.index(k, 0), packed, k * PANEL, columns);
            }
        } else {
            packTransposed(part, packed);
        }
        return FloatMatrix.rowMajor(packed, part.rows(), PANEL);
    }

    /** Along the rows of the stored matrix, in tiles that stay in the first-level cache. */
    private static void packTransposed(FloatMatrix part, float[] packed) {
        float[] from = part.values();
        int step = part.rowStride();
        for (int tile = 0; tile < part.rows(); tile += TRANSPOSE_TILE) {
            int end = Math.min(part.rows(), tile + TRANSPOSE_TILE);
            for (int j = 0; j < part.columns(); j++) {
                int source = part.index(tile, j);
                for (int k = tile; k < end; k++) {
                    packed[k * PANEL + j] = from[source];
                    source += step;
                }
            }
        }
    }

    private static void clear(FloatMatrix c) {
        for (int i = 0; i < c.rows(); i++) {
            Arrays.fill(c.values(), c.index(i, 0), c.index(i, 0) + c.columns(), 0f);
        }
    }

    private static void check(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        if (a.columns() != b.rows() || a.rows() != c.rows() || b.columns() != c.columns() || c.columnStride() != 1) {
            throw new IllegalArgumentException("C = A·B: got A " + a + ", B " + b + ", C " + c
                    + ", expected (m, k), (k, n), (m, n) with the rows of C contiguous");
        }
    }

    private static int pieces(int length, int size) {
        return (length + size - 1) / size;
    }
}
