package io.veilora.client.llama;

import io.veilora.client.linear.Cores;

/**
 * Root mean square norm (Zhang and Sennrich, arXiv 1910.07467), for each token over its d features:
 *
 * <pre>
 * y = w ∘ x·ρ,   ρ = 1/√(mean(x²) + ε)
 * dx += ρ·(w ∘ dy) − x·(ρ³/d)·⟨w ∘ dy, x⟩
 * </pre>
 *
 * The weights w are frozen: no dw.
 */
final class RmsNorm {
    private final float[] weight; // (d)
    private final double epsilon;

    RmsNorm(float[] weight, double epsilon) {
        this.weight = weight;
        this.epsilon = epsilon;
    }

    /** Overwrites {@code y}; x and y are (T, d). */
    void forward(float[] x, int tokens, float[] y) {
        int d = weight.length;
        Cores.forEach(tokens, t -> {
            int row = t * d;
            float rho = rho(x, row);
            for (int j = 0; j < d; j++) {
                y[row + j] = weight[j] * (x[row + j] * rho);
            }
        });
    }

    /** Adds to {@code dx}; all arrays are (T, d). */
    void backward(float[] dy, float[] x, int tokens, float[] dx) {
        int d = weight.length;
        Cores.forEach(tokens, t -> {
            int row = t * d;
            float rho = rho(x, row);
            float[] scaled = new float[d]; // w ∘ dy
            for (int j = 0; j < d; j++) {
                scaled[j] = weight[j] * dy[row + j];
            }
            float along = rho * rho * rho / d * VectorMath.dot(scaled, 0, x, row, d);
            for (int j = 0; j < d; j++) {
                dx[row + j] += rho * scaled[j] - along * x[row + j];
            }
        });
    }

    private float rho(float[] x, int row) {
        double meanSquare = VectorMath.dot(x, row, x, row, weight.length) / (double) weight.length;
        return (float) (1 / Math.sqrt(meanSquare + epsilon));
    }
}
