package io.veilora.protocol.wire;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/** How many bits of each product value travel back: rounded, or whole. */
public enum AnswerBits {
    /** {@code round(y·2^16/q) mod 2^16}, the default. */
    BITS_16(16),
    /** {@code y} itself, below {@code q}. */
    BITS_32(32);

    private final int bits;

    AnswerBits(int bits) {
        this.bits = bits;
    }

    public int bits() {
        return bits;
    }

    public int bytes() {
        return bits / 8;
    }

    public static AnswerBits of(int bits) {
        return switch (bits) {
            case 16 -> BITS_16;
            case 32 -> BITS_32;
            default ->
                throw new PermanentException(
                        Problem.of(ProblemCode.INVALID_REQUEST).detail("answer bits: got %d, expected 16 or 32", bits));
        };
    }
}
