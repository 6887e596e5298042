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
        Cores.forEach(tokens, t -> normalize(x, t * d, y, t * d));
    }

    /** One token or head: d features of {@code x} and {@code y} from the given offsets on. */
    void normalize(float[] x, int from, float[] y, int to) {
        float rho = rho(x, from);
        for (int j = 0; j < weight.length; j++) {
            y[to + j] = weight[j] * (x[from + j] * rho);
        }
    }

    /** Adds to {@code dx}; all arrays are (T, d). */
    void backward(float[] dy, float[] x, int tokens, float[] dx) {
        int d = weight.length;
        Cores.forEach(tokens, t -> {
            float[] added = gradient(dy, t * d, x, t * d);
            for (int j = 0; j < d; j++) {
                dx[t * d + j] += added[j];
            }
        });
    }

    /** What one token or head adds to dx, (d); dy and x have d features from the given offsets on. */
    float[] gradient(float[] dy, int dyAt, float[] x, int xAt) {
        int d = weight.length;
        float rho = rho(x, xAt);
        float[] scaled = new float[d]; // w ∘ dy
        for (int j = 0; j < d; j++) {
            scaled[j] = weight[j] * dy[dyAt + j];
        }
        float along = rho * rho * rho / d * VectorMath.dot(scaled, 0, x, xAt, d);
        for (int j = 0; j < d; j++) {
            scaled[j] = rho * scaled[j] - along * x[xAt + j];
        }
        return scaled;
    }

    private float rho(float[] x, int row) {
        double meanSquare = VectorMath.dot(x, row, x, row, weight.length) / (double) weight.length;
        return (float) (1 / Math.sqrt(meanSquare + epsilon));
    }
}
