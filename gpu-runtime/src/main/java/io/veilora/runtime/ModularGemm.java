package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
     * Copies a layer's weights to where this engine computes. The source is not needed afterwards and may be unmapped.
     *
     * @param int8 (d_out, d_in), row-major, exactly that many bytes; all values from −128 to 127 are legal
     * @throws IllegalArgumentException if the size does not fit the shape
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
     */
    void multiply(ResidentWeights weights, Direction direction, List<Product> products);

    /** Stops the engine's threads. Weights stay the owner's to close. Closing twice does nothing. */
    @Override
    void close();
}
