package io.veilora.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * One instruction set's kernel ({@code src/main/native/kernel.h}, which has the mathematics). The C side checks nothing:
 * every size is checked here, and every call gets memory of exactly the size that it will touch.
 *
 * <p>Requests and answers may lie in the Java heap. Their calls are {@linkplain Linker.Option#critical critical}: they see
 * the heap, and the garbage collector waits for them, some 50 µs at most. The long call, {@link #multiply}, touches only
 * native memory and keeps nobody waiting.
 */
final class NativeKernel {
    /** Terms that one call multiplies at most: int32 sums are exact so far. */
    static final int BLOCK = 512;

    /** A multiple of the tokens that each kernel multiplies at once. */
    private static final int ROWS = 6;

    /** 32-bit pairs of limbs from a token to the next. */
    private static final int LIMB_STRIDE = BLOCK + 16;

    private static final FunctionDescriptor PACK =
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
    private static final FunctionDescriptor MULTIPLY =
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
    private static final FunctionDescriptor WRITE =
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    private static final Linker.Option SEES_THE_HEAP = Linker.Option.critical(true);

    private final NativeIsa isa;
    private final int columns;
    private final MethodHandle packWords;
    private final MethodHandle packRows;
    private final MethodHandle packColumns;
    private final MethodHandle multiply;
    private final MethodHandle writeWords;
    private final MethodHandle writeHalfWords;

    /** @throws EngineUnavailableException if this processor lacks the instructions */
    NativeKernel(NativeLibrary library, NativeIsa isa) throws EngineUnavailableException {
        if (!supported(library, isa)) {
            throw new EngineUnavailableException("this processor has no " + isa.label());
        }
        this.isa = isa;
        columns =
                Math.toIntExact((long) ask(library.function(isa.symbol("columns"), FunctionDescriptor.of(JAVA_LONG))));
        packWords = library.function(isa.symbol("pack_words"), PACK, SEES_THE_HEAP);
        packRows = library.function(isa.symbol("pack_rows"), PACK);
        packColumns = library.function(isa.symbol("pack_columns"), PACK);
        multiply = library.function(isa.symbol("multiply"), MULTIPLY);
        writeWords = library.function(isa.symbol("write_words"), WRITE, SEES_THE_HEAP);
        writeHalfWords = library.function(isa.symbol("write_half_words"), WRITE, SEES_THE_HEAP);
    }

    static boolean supported(NativeLibrary library, NativeIsa isa) throws EngineUnavailableException {
        return (int) ask(library.function(isa.symbol("supported"), FunctionDescriptor.of(JAVA_INT))) != 0;
    }

    NativeIsa isa() {
        return isa;
    }

    /** Answer features that one call multiplies. */
    int columns() {
        return columns;
    }

    Tile.Grain grain() {
        return new Tile.Grain(ROWS, columns);
    }

    long limbBytes(int tokens) {
        return (long) Integer.BYTES * LIMB_STRIDE * tokens;
    }

    long panelBytes() {
        return (long) Short.BYTES * BLOCK * columns;
    }

    /** Splits words, (tokens, terms), into limbs for {@link #multiply}. */
    void packWords(Rectangle words, MemorySegment limbs) {
        checkAtMost("terms", words.columns(), BLOCK);
        call(
                packWords,
                words.exactly(Integer.BYTES),
                words.stride(),
                words.rows(),
                words.columns(),
                limbs.asSlice(0, limbBytes(words.rows())));
    }

    /** Widens weights to a panel, FORWARD: rows are answer features, columns terms. */
    void packRows(Rectangle weights, MemorySegment panel) {
        checkAtMost("features", weights.rows(), columns);
        checkAtMost("terms", weights.columns(), BLOCK);
        call(
                packRows,
                weights.exactly(Byte.BYTES),
                weights.stride(),
                weights.rows(),
                weights.columns(),
                panel.asSlice(0, panelBytes()));
    }

    /** Widens weights to a panel, BACKWARD: rows are terms, columns answer features. */
    void packColumns(Rectangle weights, MemorySegment panel) {
        checkAtMost("terms", weights.rows(), BLOCK);
        checkAtMost("features", weights.columns(), columns);
        call(
                packColumns,
                weights.exactly(Byte.BYTES),
                weights.stride(),
                weights.columns(),
                weights.rows(),
                panel.asSlice(0, panelBytes()));
    }

    /** Adds {@code limbs · panel} to the sums, int64, (tokens, {@link #columns}), over so many terms. */
    void multiply(MemorySegment limbs, int terms, MemorySegment panel, Rectangle sums) {
        checkAtMost("terms", terms, BLOCK);
        if (sums.columns() != columns) {
            throw new IllegalArgumentException("columns: got " + sums.columns() + ", expected " + columns);
        }
        try {
            multiply.invokeExact(
                    limbs.asSlice(0, limbBytes(sums.rows())),
                    (long) sums.rows(),
                    (long) terms,
                    panel.asSlice(0, panelBytes()),
                    sums.exactly(Long.BYTES),
                    sums.stride());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Reduces sums mod {@code q} and writes the answer, which says how many. Sums behind a row's last one are read. */
    void write(Rectangle sums, Rectangle answer, AnswerBits answerBits) {
        checkAtMost("rows", answer.rows(), sums.rows());
        checkAtMost("rounded features", Tile.roundUp(answer.columns(), columns), sums.columns());
        MethodHandle write =
                switch (answerBits) {
                    case BITS_32 -> writeWords;
                    case BITS_16 -> writeHalfWords;
                };
        try {
            write.invokeExact(
                    sums.exactly(Long.BYTES),
                    sums.stride(),
                    (long) answer.rows(),
                    (long) answer.columns(),
                    answer.exactly(answerBits.bytes()),
                    answer.stride());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static void call(
            MethodHandle pack, MemorySegment from, long stride, long rows, long count, MemorySegment to) {
        try {
            pack.invokeExact(from, stride, rows, count, to);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static Object ask(MethodHandle question) {
        try {
            return question.invoke();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** C throws nothing; what the linker throws for a closed or unreachable segment is unchecked. */
    private static RuntimeException unexpected(Throwable e) {
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }

    private static void checkAtMost(String name, int got, int most) {
        if (got > most) {
            throw new IllegalArgumentException("%s: got %d, expected at most %d".formatted(name, got, most));
        }
    }
}
