package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * One multiplication of seeded random weights and words that can be repeated and is checked every time: some tokens of
 * every answer must be those of {@link ScalarGemm}.
 */
public final class SampledProduct implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final ModularGemm engine;
    private final GemmShape shape;
    private final Direction direction;
    private final ResidentWeights weights;
    private final Product product;
    private final List<Sample> samples = new ArrayList<>();

    private record Sample(int token, MemorySegment expected) {}

    /** @param engine stays the caller's to close */
    public SampledProduct(ModularGemm engine, GemmShape shape, Direction direction) {
        this.engine = engine;
        this.shape = shape;
        this.direction = direction;
        MemorySegment int8 = random((long) shape.inputFeatures() * shape.outputFeatures());
        MemorySegment input = random((long) Integer.BYTES * shape.tokens() * shape.depth(direction));
        MemorySegment output = arena.allocate(Short.BYTES * (long) shape.tokens() * shape.width(direction), 64);
        product = new Product(input, shape.tokens(), output, AnswerBits.BITS_16);
        weights = engine.load(int8, shape.outputFeatures(), shape.inputFeatures());
        computeSamples(int8);
    }

    private void computeSamples(MemorySegment int8) {
        try (ScalarGemm scalar = new ScalarGemm();
                ResidentWeights same = scalar.load(int8, shape.outputFeatures(), shape.inputFeatures())) {
            for (int token : new TreeSet<>(List.of(0, shape.tokens() / 2, shape.tokens() - 1))) {
                MemorySegment expected = arena.allocate(answer(token).byteSize());
                scalar.multiply(same, direction, List.of(new Product(input(token), 1, expected, AnswerBits.BITS_16)));
                samples.add(new Sample(token, expected));
            }
        }
    }

    /**
     * Multiplies once and checks.
     *
     * @throws IllegalStateException if a sampled token differs from the reference
     */
    public void multiply() {
        samples.forEach(sample -> answer(sample.token).fill((byte) 0));
        engine.multiply(weights, direction, List.of(product));
        for (Sample sample : samples) {
            if (answer(sample.token).mismatch(sample.expected) != -1) {
                throw new IllegalStateException(
                        "wrong result: %s, %s %s, token %d".formatted(engine.name(), shape, direction, sample.token));
            }
        }
    }

    private MemorySegment input(int token) {
        long row = (long) Integer.BYTES * shape.depth(direction);
        return product.input().asSlice(token * row, row);
    }

    private MemorySegment answer(int token) {
        long row = (long) Short.BYTES * shape.width(direction);
        return product.output().asSlice(token * row, row);
    }

    private MemorySegment random(long bytes) {
        MemorySegment values = arena.allocate(bytes, 64);
        SplittableRandom random = new SplittableRandom(bytes);
        byte[] some = new byte[1 << 16];
        for (long done = 0; done < bytes; done += some.length) {
            random.nextBytes(some);
            MemorySegment.copy(MemorySegment.ofArray(some), 0, values, done, Math.min(some.length, bytes - done));
        }
        return values;
    }

    @Override
    public void close() {
        weights.close();
        arena.close();
    }
}
