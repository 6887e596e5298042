package io.veilora.client.linear;

/**
 * The frozen base-model part of one remote layer, {@code y = W·x} and {@code ∂x = Wᵀ·∂y}, in one of three modes:
 * clear, simulated or encrypted. Activations are row-major floats, one token a row; {@code T} is the number of tokens.
 *
 * <p>A product may be computed elsewhere: {@code meanwhile} is work of the caller that needs no result of it.
 */
public interface FrozenLinear {
    /** {@code d_in}. */
    int inputFeatures();

    /** {@code d_out}. */
    int outputFeatures();

    /**
     * Overwrites {@code y} with {@code x·Wᵀ}.
     *
     * @param x (T, d_in); longer arrays are allowed, the rest is ignored
     * @param y (T, d_out)
     */
    void forward(float[] x, int tokens, float[] y);

    /**
     * Overwrites {@code dx} with {@code dy·W}.
     *
     * @param dy (T, d_out)
     * @param dx (T, d_in)
     */
    void backward(float[] dy, int tokens, float[] dx);

    /** {@link #forward}; {@code meanwhile} runs once on the calling thread, and neither writes x nor touches y. */
    default void forward(float[] x, int tokens, float[] y, Runnable meanwhile) {
        forward(x, tokens, y);
        meanwhile.run();
    }

    /** {@link #backward}; {@code meanwhile} as in the forward product. */
    default void backward(float[] dy, int tokens, float[] dx, Runnable meanwhile) {
        backward(dy, tokens, dx);
        meanwhile.run();
    }
}
