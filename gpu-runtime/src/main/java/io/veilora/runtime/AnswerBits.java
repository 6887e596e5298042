package io.veilora.runtime;

/** How much of each answer value {@code y ∈ [0, q)} travels back to the client (DESIGN §2, §4). */
public enum AnswerBits {
    /** {@code round(y·2^16/q) mod 2^16}, unsigned 16-bit little-endian words: the default. */
    BITS_16(2),
    /** {@code y} itself, unsigned 32-bit little-endian words: strict checking, and hints. */
    BITS_32(4);

    private final int bytes;

    AnswerBits(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one answer value. */
    public int bytes() {
        return bytes;
    }
}
