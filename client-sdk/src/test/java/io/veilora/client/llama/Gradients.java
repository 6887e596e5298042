package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.Supplier;

/** Finite differences: what a gradient is, computed the slow way. */
public final class Gradients {
    private static final double STEP = 1e-2;

    private Gradients() {}

    /** Values from a Gaussian of that deviation. */
    public static float[] gaussian(Random random, int length, double deviation) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    /** ⟨output, weights⟩: a scalar whose gradient by the output is {@code weights}. */
    public static double dot(float[] output, float[] weights) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += (double) output[i] * weights[i];
        }
        return sum;
    }

    /** Holds {@code gradient} to central differences of {@code loss} by each element of {@code x}, which it reads. */
    public static void requireGradient(float[] x, float[] gradient, double tolerance, Supplier<Double> loss) {
        float[] differences = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            float kept = x[i];
            x[i] = (float) (kept + STEP);
            double above = loss.get();
            x[i] = (float) (kept - STEP);
            double below = loss.get();
            x[i] = kept;
            differences[i] = (float) ((above - below) / (2 * STEP));
        }
        requireClose(gradient, differences, tolerance, "gradient and finite differences");
    }

    /** ‖got − expected‖₂ ≤ tolerance·‖expected‖₂, with a non-zero expectation. */
    public static void requireClose(float[] got, float[] expected, double tolerance, String name) {
        assertThat(got).as(name).hasSameSizeAs(expected);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < got.length; i++) {
            error += Math.pow((double) got[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(norm).as(name + " is not all zero").isPositive();
        assertThat(Math.sqrt(error / norm)).as(name + ", relative error").isLessThanOrEqualTo(tolerance);
    }
}
