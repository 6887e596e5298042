package io.veilora.runtime;

import io.veilora.protocol.lattice.LatticeParameters;

/**
 * Some tokens' words as centred doubles, (tokens, depth) with padding after each row: the kernel's left operand.
 *
 * <p>A word {@code b}, read as a signed {@code int}, is {@code b} below 2^31 and {@code b − 2^32} from there on. Adding
 * {@code 2^32 − q} to the negative ones gives a number congruent to {@code b} mod {@code q} and of magnitude at most
 * 2^31, for all 2^32 words.
 */
final class InputBlock {
    /** {@code 2^32 − q = 2^20 − 1}. */
    static final int WRAP = (int) ((1L << 32) - LatticeParameters.Q);

    /**
     * From a row to the next; at a power of two, rows would fight for the same cache lines. Set in the constructor, not a
     * constant: knowing it, C2 (JDK 25) loads the rows' values so early that 16 registers do not suffice, and AVX2 drops
     * to less than half the speed.
     */
    final int stride;

    final double[] rows;
    private final int[] words = new int[TileProduct.DEPTH];

    InputBlock() {
        stride = TileProduct.DEPTH + 8;
        rows = new double[Tile.MAX_TOKENS * stride];
    }

    /** Reads features {@code first .. first + depth} of the tile's tokens. */
    void read(StackedProducts stack, Tile tile, int first, int depth) {
        for (int row = 0; row < tile.tokens(); row++) {
            stack.readWords(tile.firstToken() + row, first, words, depth);
            centre(words, rows, row * stride, depth);
        }
    }

    private static void centre(int[] words, double[] rows, int offset, int count) {
        for (int k = 0; k < count; k++) {
            rows[offset + k] = words[k] + ((words[k] >> 31) & WRAP);
        }
    }
}
