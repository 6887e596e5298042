package io.veilora.runtime;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A layer and requests for it, with seeded contents or extreme ones. */
final class Fixture {
    final int tokens;
    final int inputFeatures;
    final int outputFeatures;
    final byte[] weights;
    private final SplittableRandom random;

    private Fixture(int tokens, int inputFeatures, int outputFeatures, byte[] weights) {
        this.tokens = tokens;
        this.inputFeatures = inputFeatures;
        this.outputFeatures = outputFeatures;
        this.weights = weights;
        random = new SplittableRandom(31L * tokens + inputFeatures);
    }

    /** Weights over the whole int8 range. */
    static Fixture random(int tokens, int inputFeatures, int outputFeatures) {
        byte[] weights = new byte[inputFeatures * outputFeatures];
        new SplittableRandom(weights.length).nextBytes(weights);
        return new Fixture(tokens, inputFeatures, outputFeatures, weights);
    }

    static Fixture constant(int tokens, int inputFeatures, int outputFeatures, int weight) {
        byte[] weights = new byte[inputFeatures * outputFeatures];
        Arrays.fill(weights, (byte) weight);
        return new Fixture(tokens, inputFeatures, outputFeatures, weights);
    }

    int depth(Direction direction) {
        return direction == Direction.FORWARD ? inputFeatures : outputFeatures;
    }

    int width(Direction direction) {
        return direction == Direction.FORWARD ? outputFeatures : inputFeatures;
    }

    /** Words over the whole unsigned 32-bit range, those above q included. */
    byte[] randomInput(Direction direction) {
        byte[] input = new byte[tokens * depth(direction) * Integer.BYTES];
        random.nextBytes(input);
        return input;
    }

    byte[] constantInput(Direction direction, long word) {
        int[] words = new int[tokens * depth(direction)];
        Arrays.fill(words, (int) word);
        MemorySegment bytes = MemorySegment.ofArray(new byte[words.length * Integer.BYTES]);
        MemorySegment.copy(words, 0, bytes, StackedProducts.WORD, 0, words.length);
        return (byte[]) bytes.heapBase().orElseThrow();
    }

    ResidentWeights load(ModularGemm engine) {
        return engine.load(MemorySegment.ofArray(weights), outputFeatures, inputFeatures);
    }

    /** The answer of one request, from a fresh load of the weights. */
    byte[] answer(ModularGemm engine, Direction direction, byte[] input, AnswerBits answerBits) {
        try (ResidentWeights resident = load(engine)) {
            return answer(engine, resident, direction, input, answerBits);
        }
    }

    byte[] answer(
            ModularGemm engine, ResidentWeights resident, Direction direction, byte[] input, AnswerBits answerBits) {
        byte[] output = new byte[tokens * width(direction) * answerBits.bytes()];
        engine.multiply(resident, direction, List.of(product(input, output, answerBits)));
        return output;
    }

    Product product(byte[] input, byte[] output, AnswerBits answerBits) {
        return new Product(MemorySegment.ofArray(input), tokens, MemorySegment.ofArray(output), answerBits);
    }

    /** Input words that sit at the edges of the engines' representations. */
    static long[] extremeWords() {
        long q = LatticeParameters.Q;
        return new long[] {
            0,
            1,
            (q - 1) / 2,
            (q + 1) / 2,
            (1L << 31) - 1,
            1L << 31,
            q - 1,
            q,
            (1L << 32) - 1,
            // 16-bit limbs: the lowest low one, the highest of both, the first word from which q is taken, the last
            // one.
            0x8000,
            0x7FFF7FFF,
            0x7FFF8000,
            0xFFFF8000L
        };
    }
}
