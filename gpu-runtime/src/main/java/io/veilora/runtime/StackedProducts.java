package io.veilora.runtime;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** Several products seen as one matrix of all their tokens, with checked sizes: the GEMM's left side and its answer. */
final class StackedProducts {
    static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfShort HALF_WORD = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private static final Thread ANOTHER_THREAD = Thread.ofPlatform().unstarted(() -> {});

    private final Direction direction;
    private final List<Product> products;
    /** Where each product's tokens begin in the stack; one more entry, the total, at the end. */
    private final int[] firstTokens;

    private final int depth;
    private final int width;

    private StackedProducts(Direction direction, List<Product> products, int depth, int width) {
        this.direction = direction;
        this.products = products;
        this.depth = depth;
        this.width = width;
        firstTokens = new int[products.size() + 1];
        for (int i = 0; i < products.size(); i++) {
            firstTokens[i + 1] = Math.addExact(firstTokens[i], products.get(i).tokens());
        }
    }

    static StackedProducts of(ResidentWeights weights, Direction direction, List<Product> products) {
        boolean forward = direction == Direction.FORWARD;
        int depth = forward ? weights.inputFeatures() : weights.outputFeatures();
        int width = forward ? weights.outputFeatures() : weights.inputFeatures();
        for (Product product : products) {
            check(product, direction, depth, width);
        }
        return new StackedProducts(direction, List.copyOf(products), depth, width);
    }

    private static void check(Product product, Direction direction, int depth, int width) {
        long inputBytes = (long) product.tokens() * depth * Integer.BYTES;
        if (product.input().byteSize() != inputBytes) {
            throw new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE)
                    .detail(
                            "%s input: got %d bytes, expected %d (%d tokens × %d features × 4 bytes)",
                            direction.label(), product.input().byteSize(), inputBytes, product.tokens(), depth));
        }
        int answerBytes = product.answerBits().bytes();
        long outputBytes = (long) product.tokens() * width * answerBytes;
        if (product.output().byteSize() != outputBytes) {
            throw new IllegalArgumentException(
                    "%s output: got %d bytes, expected %d (%d tokens × %d features × %d bytes)"
                            .formatted(
                                    direction.label(),
                                    product.output().byteSize(),
                                    outputBytes,
                                    product.tokens(),
                                    width,
                                    answerBytes));
        }
        if (!product.input().isAccessibleBy(ANOTHER_THREAD) || !product.output().isAccessibleBy(ANOTHER_THREAD)) {
            throw new IllegalArgumentException(
                    "segments: got memory of a confined arena, expected a heap array or a shared arena's memory");
        }
    }

    Direction direction() {
        return direction;
    }

    List<Product> products() {
        return products;
    }

    /** All products' tokens together. */
    int tokens() {
        return firstTokens[products.size()];
    }

    /** Features of an input token: the length of every sum. */
    int depth() {
        return depth;
    }

    /** Features of an answer token. */
    int width() {
        return width;
    }

    AnswerBits answerBits(int token) {
        return products.get(productOf(token)).answerBits();
    }

    /** Reads {@code count} features of a token, from feature {@code first} on. */
    void readWords(int token, int first, int[] words, int count) {
        int product = productOf(token);
        long row = token - firstTokens[product];
        MemorySegment input = products.get(product).input();
        MemorySegment.copy(input, WORD, (row * depth + first) * Integer.BYTES, words, 0, count);
    }

    /** Writes {@code count} features of a {@link AnswerBits#BITS_32} token, from feature {@code first} on. */
    void writeWords(int token, int first, int[] words, int count) {
        int product = productOf(token);
        long row = token - firstTokens[product];
        MemorySegment output = products.get(product).output();
        MemorySegment.copy(words, 0, output, WORD, (row * width + first) * Integer.BYTES, count);
    }

    /** Writes {@code count} features of a {@link AnswerBits#BITS_16} token, from feature {@code first} on. */
    void writeHalfWords(int token, int first, short[] halfWords, int count) {
        int product = productOf(token);
        long row = token - firstTokens[product];
        MemorySegment output = products.get(product).output();
        MemorySegment.copy(halfWords, 0, output, HALF_WORD, (row * width + first) * Short.BYTES, count);
    }

    /** Calls {@code run} for each product that has some of tokens {@code first .. first + count}, in their order. */
    void forEachRun(int first, int count, TokenRun run) {
        int end = first + count;
        for (int token = first; token < end; ) {
            int product = productOf(token);
            int runEnd = Math.min(end, firstTokens[product + 1]);
            run.accept(products.get(product), token - firstTokens[product], token - first, runEnd - token);
            token = runEnd;
        }
    }

    /** Consecutive tokens of one product. */
    interface TokenRun {
        /**
         * @param row the first one's row in the product
         * @param done tokens of earlier runs
         * @param count how many
         */
        void accept(Product product, int row, int done, int count);
    }

    private int productOf(int token) {
        int found = Arrays.binarySearch(firstTokens, token);
        return found >= 0 ? found : -found - 2;
    }
}
