package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.LANES;
import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.Cores;
import jdk.incubator.vector.FloatVector;

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
        Cores.forEach(tokens, t -> addGradient(dy, x, t * d, dx));
    }

    /** One token, whose d features begin at {@code row} in all arrays. */
    private void addGradient(float[] dy, float[] x, int row, float[] dx) {
        float rho = rho(x, row);
        float along = along(rho, dy, row, x, row);
        for (int j = 0; j < weight.length; j++) {
            dx[row + j] += rho * (weight[j] * dy[row + j]) - along * x[row + j];
        }
    }

    /** Turns dy, d features of one token or head, into what it adds to dx; x has d features from {@code xAt} on. */
    void gradient(float[] dy, int dyAt, float[] x, int xAt) {
        float rho = rho(x, xAt);
        float along = along(rho, dy, dyAt, x, xAt);
        for (int j = 0; j < weight.length; j++) {
            dy[dyAt + j] = rho * (weight[j] * dy[dyAt + j]) - along * x[xAt + j];
        }
    }

    /** {@code (ρ³/d)·⟨w ∘ dy, x⟩}. */
    private float along(float rho, float[] dy, int dyAt, float[] x, int xAt) {
        int d = weight.length;
        FloatVector sums = FloatVector.zero(SPECIES);
        int whole = SPECIES.loopBound(d);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector scaled =
                    FloatVector.fromArray(SPECIES, weight, j).mul(FloatVector.fromArray(SPECIES, dy, dyAt + j));
            sums = scaled.fma(FloatVector.fromArray(SPECIES, x, xAt + j), sums);
        }
        float sum = VectorMath.sum(sums);
        for (int j = whole; j < d; j++) {
            sum += weight[j] * dy[dyAt + j] * x[xAt + j];
        }
        return rho * rho * rho / d * sum;
    }

    private float rho(float[] x, int row) {
        double meanSquare = VectorMath.dot(x, row, x, row, weight.length) / (double) weight.length;
        return (float) (1 / Math.sqrt(meanSquare + epsilon));
    }
}
