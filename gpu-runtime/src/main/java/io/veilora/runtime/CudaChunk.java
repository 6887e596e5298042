package io.veilora.runtime;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokens that go to the device together, and where they lie on both sides' memory: a table of the answers' places and then
 * the words on the way in, the answers of one product after another on the way back.
 */
final class CudaChunk {
    /** The more bytes at once, the less a chunk costs; the fewer, the more lanes copy at the same time. */
    private static final long BYTES = 8L << 20;

    private static final int MOST_TOKENS = 1 << 14;
    private static final ValueLayout.OfLong PLACE = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Stores of 16 bytes want it. */
    private static final int ALIGNMENT = 16;

    private final List<Run> runs = new ArrayList<>();
    private final int tokens;
    private final int depth;
    private final int width;
    private final long[] firstAnswers;
    private final long answerBytes;

    private CudaChunk(StackedProducts stack, int firstToken, int tokens) {
        this.tokens = tokens;
        depth = stack.depth();
        width = stack.width();
        stack.forEachRun(firstToken, tokens, (product, row, done, count) -> runs.add(new Run(product, row, count)));
        firstAnswers = new long[runs.size()];
        long bytes = 0;
        for (int i = 0; i < runs.size(); i++) {
            firstAnswers[i] = bytes;
            bytes = aligned(bytes + runs.get(i).output().byteSize());
        }
        answerBytes = bytes;
    }

    /** Neighbouring tokens of one product. */
    private record Run(Product product, int firstRow, int rows) {
        private MemorySegment input() {
            return rowsOf(product.input());
        }

        private MemorySegment output() {
            return rowsOf(product.output());
        }

        private MemorySegment rowsOf(MemorySegment all) {
            long rowBytes = all.byteSize() / product.tokens();
            return all.asSlice(firstRow * rowBytes, rows * rowBytes);
        }
    }

    /** All tokens of a stack, in chunks of about the same size, whole tiles but for the last. */
    static List<CudaChunk> cut(StackedProducts stack) {
        int most = tokensAtOnce(Math.max(stack.depth(), stack.width()));
        int chunks = Math.ceilDiv(stack.tokens(), most);
        List<CudaChunk> cut = new ArrayList<>();
        if (chunks > 0) {
            int step = Tile.roundUp(Math.ceilDiv(stack.tokens(), chunks), CudaProduct.TILE_TOKENS);
            for (int token = 0; token < stack.tokens(); token += step) {
                cut.add(new CudaChunk(stack, token, Math.min(step, stack.tokens() - token)));
            }
        }
        return cut;
    }

    /** Whole tiles, at least one, however long a token is. */
    static int tokensAtOnce(int features) {
        long tokens = BYTES / ((long) features * Integer.BYTES);
        long tiles = Math.clamp(tokens / CudaProduct.TILE_TOKENS, 1, MOST_TOKENS / CudaProduct.TILE_TOKENS);
        return (int) tiles * CudaProduct.TILE_TOKENS;
    }

    CudaProduct product(int multiprocessors) {
        return CudaProduct.plan(tokens, depth, width, multiprocessors);
    }

    /** Where the words begin on the way in. */
    long wordsAt() {
        return aligned((long) tokens * Long.BYTES);
    }

    long inputBytes() {
        return wordsAt()
                + runs.stream().mapToLong(run -> run.input().byteSize()).sum();
    }

    long answerBytes() {
        return answerBytes;
    }

    /** Writes what goes to the device. */
    void writeInput(MemorySegment target) {
        int token = 0;
        long at = wordsAt();
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            int valueBytes = run.product().answerBits().bytes();
            for (int row = 0; row < run.rows(); row++) {
                long place = firstAnswers[i] + (long) row * width * valueBytes;
                target.setAtIndex(PLACE, token++, place << 1 | (valueBytes == Integer.BYTES ? 1 : 0));
            }
            MemorySegment words = run.input();
            MemorySegment.copy(words, 0, target, at, words.byteSize());
            at += words.byteSize();
        }
    }

    /** Hands out what came from the device. */
    void readAnswers(MemorySegment source) {
        for (int i = 0; i < runs.size(); i++) {
            MemorySegment output = runs.get(i).output();
            MemorySegment.copy(source, firstAnswers[i], output, 0, output.byteSize());
        }
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
}
