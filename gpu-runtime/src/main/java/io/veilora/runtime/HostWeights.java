package io.veilora.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Weights of the CPU engines: one row-major int8 copy outside the Java heap. */
final class HostWeights implements ResidentWeights {
    /** Far above any layer, and low enough that a sum of 2^23 terms {@code int8 · u32} fits 63 bits. */
    static final int MAX_FEATURES = 1 << 23;

    private final int outputFeatures;
    private final int inputFeatures;
    private final long bytes;
    private final Arena arena;
    private final MemorySegment int8;
    private final Lifetime lifetime;

    private HostWeights(MemorySegment source, int outputFeatures, int inputFeatures) {
        this.outputFeatures = outputFeatures;
        this.inputFeatures = inputFeatures;
        bytes = source.byteSize();
        lifetime = new Lifetime("weights (%d outputs × %d inputs)".formatted(outputFeatures, inputFeatures));
        arena = Arena.ofShared();
        int8 = arena.allocate(bytes, 64).copyFrom(source);
    }

    static HostWeights copyOf(MemorySegment source, int outputFeatures, int inputFeatures) {
        checkSize(source, outputFeatures, inputFeatures);
        return new HostWeights(source, outputFeatures, inputFeatures);
    }

    /** What every engine asks of the weights that it loads. */
    static void checkSize(MemorySegment source, int outputFeatures, int inputFeatures) {
        checkFeatures("outputFeatures", outputFeatures);
        checkFeatures("inputFeatures", inputFeatures);
        long expected = (long) outputFeatures * inputFeatures;
        if (source.byteSize() != expected) {
            throw new IllegalArgumentException("weights: got %d bytes, expected %d (%d outputs × %d inputs, int8)"
                    .formatted(source.byteSize(), expected, outputFeatures, inputFeatures));
        }
    }

    private static void checkFeatures(String name, int features) {
        if (features < 1 || features > MAX_FEATURES) {
            throw new IllegalArgumentException("%s: got %d, expected 1 to %d".formatted(name, features, MAX_FEATURES));
        }
    }

    /** The CPU engines' own kind, or an error that names the other. */
    static HostWeights of(ResidentWeights weights) {
        if (weights instanceof HostWeights host) {
            return host;
        }
        throw ofAnotherEngine(weights);
    }

    static IllegalArgumentException ofAnotherEngine(ResidentWeights weights) {
        return new IllegalArgumentException("weights: got %s, expected weights loaded by this engine"
                .formatted(weights == null ? "null" : weights.getClass().getSimpleName()));
    }

    /** Hands out the int8 matrix, which stays valid until {@code multiplication} returns. */
    void whileOpen(Consumer<MemorySegment> multiplication) {
        lifetime.use(() -> multiplication.accept(int8));
    }

    @Override
    public int outputFeatures() {
        return outputFeatures;
    }

    @Override
    public int inputFeatures() {
        return inputFeatures;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        lifetime.end(arena::close);
    }
}
