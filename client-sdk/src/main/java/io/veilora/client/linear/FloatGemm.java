package io.veilora.client.linear;

import java.util.Arrays;

/**
 * {@code C = A·B} and {@code C += A·B} over float32 with fused multiply-adds: A (m, k), B (k, n), C (m, n); transposed
 * operands are views ({@link FloatMatrix#transposed}), so the same code does {@code x·Wᵀ}, {@code dy·W} and
 * {@code dyᵀ·x}.
 *
 * <p>C is cut into panels of columns. B's part of a panel is packed, {@value #DEPTH} rows at a time, and
 * {@link FloatKernel} runs down the rows. Thin operands go through {@link FloatStream} and {@link FloatDots}. Every element of C is one chain of fused multiply-adds in the order of k, so
 * the result has the same bits on any number of cores. (Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", 2008, without the packing of A: its elements are broadcast straight from where they are.)
 */
public final class FloatGemm {
    private static final int PANEL = FloatKernel.PANEL;
    private static final int DEPTH = 256;
    private static final int TRANSPOSE_TILE = 64;
    private static final int ROWS_PER_PIECE = 64;
    /** Below this many multiply-adds, waking another core costs more than it gains. */
    private static final long WORTH_SHARING = 1 << 18;

    private FloatGemm() {}

    /** {@code C = A·B} on all cores. */
    public static void multiply(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        clear(c);
        share(a, b, c);
    }

    /** {@code C += A·B} on all cores. */
    public static void multiplyAdd(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        share(a, b, c);
    }

    /** {@code C = A·B} on the calling thread, for work that is already spread over the cores. */
    public static void multiplyHere(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        clear(c);
        panels(a, b, c);
    }

    /** {@code C += A·B} on the calling thread. */
    public static void multiplyAddHere(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        check(a, b, c);
        panels(a, b, c);
    }

    /** The smallest multiple of the vector length that is at least {@code length}. */
    public static int wholeVectors(int length) {
        return pieces(length, FloatKernel.LANES) * FloatKernel.LANES;
    }

    private static void share(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        Kernel kernel = Kernel.of(a, b);
        if ((long) c.rows() * c.columns() * a.columns() < WORTH_SHARING || Cores.count() == 1) {
            kernel.product.addTo(a, b, c);
            return;
        }
        int width = kernel.width;
        int panels = pieces(c.columns(), width);
        int strips = Math.min(pieces(c.rows(), ROWS_PER_PIECE), pieces(4 * Cores.count(), panels));
        int height = pieces(pieces(c.rows(), strips), 8) * 8;
        Cores.forEach(panels * pieces(c.rows(), height), piece -> {
            int column = piece % panels * width;
            int row = piece / panels * height;
            int rows = Math.min(height, c.rows() - row);
            int columns = Math.min(width, c.columns() - column);
            kernel.product.addTo(
                    a.rowRange(row, rows),
                    b.columnRange(column, columns),
                    c.rowRange(row, rows).columnRange(column, columns));
        });
    }

    private interface Product {
        void addTo(FloatMatrix a, FloatMatrix b, FloatMatrix c);
    }

    /** How a part of C is computed, and how wide parts are. */
    private record Kernel(Product product, int width) {
        static Kernel of(FloatMatrix a, FloatMatrix b) {
            boolean alongRows = a.columnStride() == 1 && b.rowStride() == 1 && b.columnStride() != 1;
            if (alongRows && b.columns() <= FloatDots.MOST_ROWS) {
                return new Kernel((left, right, c) -> FloatDots.run(left, right.transposed(), c), b.columns());
            }
            boolean thin = a.rows() <= FloatStream.THIN || a.columns() <= FloatStream.THIN;
            return thin && b.columnStride() == 1 && b.columns() > PANEL
                    ? new Kernel(FloatStream::run, FloatStream.STRIP)
                    : new Kernel(FloatGemm::panels, PANEL);
        }
    }

    /** All of C, panel after panel; a panel that is not whole vectors wide goes through a wider copy. */
    private static void panels(FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        float[] packed = new float[Math.min(DEPTH, a.columns()) * Math.min(PANEL, wholeVectors(c.columns()))];
        for (int column = 0; column < c.columns(); column += PANEL) {
            int columns = Math.min(PANEL, c.columns() - column);
            int width = wholeVectors(columns);
            FloatMatrix panel = c.columnRange(column, columns);
            FloatMatrix target = width == columns ? panel : zeros(c.rows(), width);
            if (width != columns) {
                copy(panel, target, columns);
            }
            for (int k = 0; k < a.columns(); k += DEPTH) {
                int depth = Math.min(DEPTH, a.columns() - k);
                FloatMatrix part = b.rowRange(k, depth).columnRange(column, columns);
                FloatKernel.run(a.columnRange(k, depth), mustPack(part, c.rows()) ? pack(part, packed) : part, target);
            }
            if (width != columns) {
                copy(target, panel, columns);
            }
        }
    }

    private static FloatMatrix zeros(int rows, int columns) {
        return FloatMatrix.rowMajor(new float[rows * columns], rows, columns);
    }

    private static void copy(FloatMatrix from, FloatMatrix to, int columns) {
        for (int i = 0; i < from.rows(); i++) {
            System.arraycopy(from.values(), from.index(i, 0), to.values(), to.index(i, 0), columns);
        }
    }

    /** Few rows do not repay packing; but the kernel reads whole vectors of contiguous rows. */
    private static boolean mustPack(FloatMatrix part, int rows) {
        return part.columnStride() != 1 || part.columns() % FloatKernel.LANES != 0 || rows > ROWS_PER_PIECE;
    }

    /** Copies {@code part} (depth, columns ≤ PANEL) into rows filled with zeros to whole vectors. */
    private static FloatMatrix pack(FloatMatrix part, float[] packed) {
        int width = wholeVectors(part.columns());
        if (part.columns() < width) {
            Arrays.fill(packed, 0, part.rows() * width, 0f);
        }
        if (part.columnStride() == 1) {
            for (int k = 0; k < part.rows(); k++) {
                System.arraycopy(part.values(), part.index(k, 0), packed, k * width, part.columns());
            }
        } else {
            packTransposed(part, packed, width);
        }
        return FloatMatrix.rowMajor(packed, part.rows(), width);
    }

    /** Along the rows of the stored matrix, in tiles that stay in the first-level cache. */
    private static void packTransposed(FloatMatrix part, float[] packed, int width) {
        float[] from = part.values();
        int step = part.rowStride();
        for (int tile = 0; tile < part.rows(); tile += TRANSPOSE_TILE) {
            int end = Math.min(part.rows(), tile + TRANSPOSE_TILE);
            for (int j = 0; j < part.columns(); j++) {
                int source = part.index(tile, j);
                for (int k = tile; k < end; k++) {
                    packed[k * width + j] = from[source];
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
