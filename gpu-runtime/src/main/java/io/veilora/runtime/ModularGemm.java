package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;

/**
 * The provider's whole arithmetic (DESIGN §2, "Evaluate"): int8 weights times ciphertext words mod
 * {@code q = 2^32 − 2^20 + 1}. All engines agree bit for bit; {@link ScalarGemm} says what the result is.
 *
 * <p>Engines are safe for concurrent use and hold no secrets: there are none on this side.
 */
public interface ModularGemm extends AutoCloseable {
    /** For logs and reports: kind, width and threads, as in {@code vector (double FMA, 8 lanes, 2 threads)}. */
    String name();

    /**
     * Memory for weights where this engine computes, in bytes, when that is not the host's: a device's free memory at the
     * start, less what products need. A cache of weights must stay below it.
     */
    default OptionalLong memoryBytes() {
        return OptionalLong.empty();
    }

    /**
     * Copies a layer's weights to where this engine computes. The source is not needed afterwards and may be unmapped.
     *
     * @param int8 (d_out, d_in), row-major, exactly that many bytes; all values from −128 to 127 are legal
     * @throws IllegalArgumentException if the size does not fit the shape
     * @throws io.veilora.protocol.problem.RetriableException UNAVAILABLE, naming the bytes, if a device's memory is full
     */
    ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures);

    /**
     * Multiplies every product's tokens in one GEMM: FORWARD {@code Y(T, d_out) = B(T, d_in)·Wᵀ mod q}, BACKWARD
     * {@code Y(T, d_in) = B(T, d_out)·W mod q}. Each product's answer is what it would be alone. Returns when all
     * answers are written; after an exception their content is undefined.
     *
     * @param weights loaded by this engine
     * @throws io.veilora.protocol.problem.PermanentException WRONG_SHAPE if an input's size does not fit the layer
     * @throws IllegalArgumentException if an output's size does not fit, a segment is confined to one thread, or the
     *     weights come from another engine
     * @throws IllegalStateException if the engine or the weights are closed
     * @throws io.veilora.protocol.problem.RetriableException if a device fails or its memory is full
     */
    void multiply(ResidentWeights weights, Direction direction, List<Product> products);

    /** Stops the engine's threads. Weights stay the owner's to close. Closing twice does nothing. */
    @Override
    void close();
}
