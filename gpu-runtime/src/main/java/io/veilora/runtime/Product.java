package io.veilora.runtime;

import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * One request of a stacked multiplication. Shapes, with {@code T = tokens}: FORWARD reads (T, d_in) and writes
 * (T, d_out); BACKWARD reads (T, d_out) and writes (T, d_in).
 *
 * <p>Segments may be heap, mapped or native memory at any alignment, but every thread must be able to reach them: an
 * arena confined to the caller will not do. The two must not overlap.
 *
 * @param input unsigned 32-bit little-endian words, token-major; a word stands for its residue mod {@code q}, so that
 *     words of {@code q} and above, which no honest client sends, have one meaning in every engine
 * @param tokens at least 1
 * @param output exactly T · features · {@link AnswerBits#bytes} bytes, token-major; overwritten
 * @param answerBits the form in which the answer is written
 */
public record Product(MemorySegment input, int tokens, MemorySegment output, AnswerBits answerBits) {
    public Product {
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(output, "output");
        Objects.requireNonNull(answerBits, "answerBits");
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens: got " + tokens + ", expected at least 1");
        }
        if (output.isReadOnly()) {
            throw new IllegalArgumentException("output: got a read-only segment");
        }
    }
}
