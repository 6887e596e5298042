package io.veilora.client.linear;

/**
 * The frozen base-model part of one remote layer, {@code y = W·x} and {@code ∂x = Wᵀ·∂y}, in one of three modes:
 * clear, simulated or encrypted. Activations are row-major floats, one token a row; {@code T} is the number of tokens.
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
}
