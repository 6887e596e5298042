package io.veilora.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Transposes 8 rows of bytes, eight by eight: a row of eight is a {@code long}, and three rounds exchange the
 * off-diagonal blocks of 4 × 4, 2 × 2 and 1 × 1 bytes (Warren, "Hacker's Delight", §7-3, does it for bits).
 */
final class ByteTranspose {
    static final int SIZE = 8;

    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long FOURS = 0x00000000FFFFFFFFL;
    private static final long TWOS = 0x0000FFFF0000FFFFL;
    private static final long ONES = 0x00FF00FF00FF00FFL;

    /** Columns up to the next multiple of 8 are read and written too. Row {@code r} starts at {@link #offset}. */
    final byte[] rows;

    private final int stride;

    ByteTranspose(int maxLength) {
        stride = maxLength + SIZE;
        rows = new byte[SIZE * stride];
    }

    int offset(int row) {
        return row * stride;
    }

    /** Writes the rows' columns {@code 0 .. length} to {@code target[to ..]}, eight bytes a column. */
    void write(int length, byte[] target, int to) {
        for (int column = 0; column < length; column += SIZE) {
            writeSquare(column, target, to + column * SIZE);
        }
    }

    // Eight locals a round, not an array in a loop: they stay in registers.
    private void writeSquare(int column, byte[] target, int to) {
        long a0 = row(0, column);
        long a1 = row(1, column);
        long a2 = row(2, column);
        long a3 = row(3, column);
        long a4 = row(4, column);
        long a5 = row(5, column);
        long a6 = row(6, column);
        long a7 = row(7, column);

        long b0 = lower(a0, a4, 32, FOURS);
        long b1 = lower(a1, a5, 32, FOURS);
        long b2 = lower(a2, a6, 32, FOURS);
        long b3 = lower(a3, a7, 32, FOURS);
        long b4 = upper(a0, a4, 32, FOURS);
        long b5 = upper(a1, a5, 32, FOURS);
        long b6 = upper(a2, a6, 32, FOURS);
        long b7 = upper(a3, a7, 32, FOURS);

        long c0 = lower(b0, b2, 16, TWOS);
        long c1 = lower(b1, b3, 16, TWOS);
        long c2 = upper(b0, b2, 16, TWOS);
        long c3 = upper(b1, b3, 16, TWOS);
        long c4 = lower(b4, b6, 16, TWOS);
        long c5 = lower(b5, b7, 16, TWOS);
        long c6 = upper(b4, b6, 16, TWOS);
        long c7 = upper(b5, b7, 16, TWOS);

        LONG.set(target, to, lower(c0, c1, 8, ONES));
        LONG.set(target, to + 8, upper(c0, c1, 8, ONES));
        LONG.set(target, to + 16, lower(c2, c3, 8, ONES));
        LONG.set(target, to + 24, upper(c2, c3, 8, ONES));
        LONG.set(target, to + 32, lower(c4, c5, 8, ONES));
        LONG.set(target, to + 40, upper(c4, c5, 8, ONES));
        LONG.set(target, to + 48, lower(c6, c7, 8, ONES));
        LONG.set(target, to + 56, upper(c6, c7, 8, ONES));
    }

    private long row(int row, int column) {
        return (long) LONG.get(rows, row * stride + column);
    }

    private static long lower(long x, long y, int shift, long mask) {
        return (x & mask) | ((y & mask) << shift);
    }

    private static long upper(long x, long y, int shift, long mask) {
        return ((x >>> shift) & mask) | (y & ~mask);
    }
}
