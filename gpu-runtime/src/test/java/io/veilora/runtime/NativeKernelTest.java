package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The C side checks nothing: whatever does not fit must be refused before the call. */
class NativeKernelTest {
    private static final MemorySegment LARGE = MemorySegment.ofArray(new long[1 << 16]);

    private NativeKernel kernel;

    @BeforeEach
    void load() {
        try {
            kernel = new NativeKernel(NativeLibrary.bundled(), NativeIsa.AVX2);
        } catch (EngineUnavailableException e) {
            abort(e.getMessage());
        }
    }

    @Test
    void memory_smaller_than_a_rectangle_is_refused() {
        Rectangle words = new Rectangle(MemorySegment.ofArray(new byte[4 * (20 + 7) - 1]), 3, 7, 10);
        assertThatThrownBy(() -> kernel.packWords(words, LARGE)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Rectangle(LARGE, 1, 11, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rectangle: got 1 × 11, stride 10");
        assertThatThrownBy(() -> new Rectangle(LARGE, 0, 1, 10)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_workspace_too_small_is_refused() {
        MemorySegment limbs = LARGE.asSlice(0, kernel.limbBytes(3) - 1);
        MemorySegment panel = LARGE.asSlice(0, kernel.panelBytes() - 1);
        Rectangle rectangle = new Rectangle(LARGE, 3, 7, 10);
        Rectangle sums = new Rectangle(LARGE, 3, kernel.columns(), kernel.columns());
        assertThatThrownBy(() -> kernel.packWords(rectangle, limbs)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.packRows(rectangle, panel)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.packColumns(rectangle, panel)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.multiply(limbs, 7, LARGE, sums)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.multiply(LARGE, 7, panel, sums)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void more_than_a_block_or_a_panel_is_refused() {
        int tooMany = NativeKernel.BLOCK + 1;
        Rectangle tooDeep = new Rectangle(LARGE, 1, tooMany, tooMany);
        Rectangle tooDeepBackward = new Rectangle(LARGE, tooMany, 1, 1);
        Rectangle tooWide = new Rectangle(LARGE, kernel.columns() + 1, 4, 4);
        Rectangle tooWideBackward = new Rectangle(LARGE, 4, kernel.columns() + 1, 100);
        Rectangle sums = new Rectangle(LARGE, 1, kernel.columns(), kernel.columns());
        refused("terms: got 513, expected at most 512", () -> kernel.packWords(tooDeep, LARGE));
        refused("terms: got 513, expected at most 512", () -> kernel.packRows(tooDeep, LARGE));
        refused("terms: got 513, expected at most 512", () -> kernel.packColumns(tooDeepBackward, LARGE));
        refused("terms: got 513, expected at most 512", () -> kernel.multiply(LARGE, tooMany, LARGE, sums));
        refused("features: got 25, expected at most 24", () -> kernel.packRows(tooWide, LARGE));
        refused("features: got 25, expected at most 24", () -> kernel.packColumns(tooWideBackward, LARGE));
    }

    @Test
    void an_answer_larger_than_the_sums_is_refused() {
        Rectangle sums = new Rectangle(LARGE, 2, kernel.columns(), kernel.columns());
        Rectangle tooWide = new Rectangle(LARGE, 2, kernel.columns() + 1, 100);
        Rectangle tooLong = new Rectangle(LARGE, 3, kernel.columns(), 100);
        Rectangle tooShort = new Rectangle(MemorySegment.ofArray(new byte[7]), 2, 2, 2);
        refused("rounded features: got 48, expected at most 24", () -> kernel.write(sums, tooWide, AnswerBits.BITS_16));
        refused("rows: got 3, expected at most 2", () -> kernel.write(sums, tooLong, AnswerBits.BITS_16));
        assertThatThrownBy(() -> kernel.write(sums, tooShort, AnswerBits.BITS_16))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static void refused(String message, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
