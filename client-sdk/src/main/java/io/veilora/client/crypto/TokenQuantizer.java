package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Activations to integers with one scale per token (DESIGN §3): {@code x̃_t = round(Δ_t·x_t)},
 * {@code Δ_t = (q/2 − M) / (ρ·‖x_t‖₂)}.
 *
 * <p>By Cauchy–Schwarz {@code |W_q·x̃|} stays below {@code q/2} less the margin {@code M}, which covers at 2^-128 over 2^40
 * outputs: the noise {@code W·e} and the rounding of {@code x̃} (both grow with {@code ρ}), the rounding of the answer to
 * 16 bits, and that of the hint to 24 bits times the secret.
 */
public final class TokenQuantizer {
    /** Standard deviations that a Gaussian exceeds with probability 2^-168: 2^-128 over 2^40 values. */
    private static final double TAIL = 15.3;

    private static final double HALF_Q = LatticeParameters.Q / 2.0;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = DOUBLES.length();

    private TokenQuantizer() {}

    /**
     * What one step needs to know of its weights.
     *
     * @param name layer and direction, for errors
     * @param features {@code d}: values a token
     * @param maxNorm {@code ρ} of this direction
     * @param featureScales the weights' scales {@code c}, multiplied into the input of a backward step; null if none
     */
    public record Step(String name, int features, double maxNorm, float[] featureScales) {}

    /** {@code M} for weights of norm {@code ρ}. */
    public static double margin(LatticeParameters parameters, int features, double maxNorm) {
        double q = LatticeParameters.Q;
        double noise = (TAIL * LatticeParameters.SIGMA + Math.sqrt(features) / 2) * maxNorm;
        double answer = q / (1L << 17);
        double hint = TAIL * LatticeParameters.SIGMA * Math.sqrt(parameters.latticeDimension() / 12.0) * q / (1L << 24);
        return noise + answer + hint;
    }

    /**
     * Quantizes {@code tokens} tokens.
     *
     * @param x (…, features), read from row {@code firstToken}
     * @param out (tokens, features); overwritten
     * @return {@code Δ_t}, (tokens); infinite for a zero vector, so that its product decrypts to zero and not to noise
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} naming the layer
     */
    public static double[] quantize(
            LatticeParameters parameters, Step step, float[] x, int firstToken, int tokens, int[] out) {
        double budget = budget(parameters, step);
        double[] scales = new double[tokens];
        IntStream.range(0, tokens).parallel().forEach(t -> {
            int row = (firstToken + t) * step.features();
            scales[t] = scale(step, x, row, budget);
            quantizeRow(step, x, row, Double.isInfinite(scales[t]) ? 1 : scales[t], out, t * step.features());
        });
        requireFinite(step, scales);
        return scales;
    }

    /** {@code (q/2 − M)/ρ}: what {@code Δ_t·‖x_t‖₂} may be. */
    static double budget(LatticeParameters parameters, Step step) {
        double norm = Math.max(1, step.maxNorm());
        return (HALF_Q - margin(parameters, step.features(), norm)) / norm;
    }

    /** {@code Δ_t} of the token at {@code row}; infinite for a zero vector, 0 if a value is not finite. */
    static double scale(Step step, float[] x, int row, double budget) {
        double length = Math.sqrt(squaredNorm(step, x, row));
        return Double.isFinite(length) ? budget / length : 0;
    }

    /** @throws PermanentException {@link ProblemCode#NOT_FINITE} naming the layer */
    static void requireFinite(Step step, double[] scales) {
        for (double scale : scales) {
            if (scale == 0) {
                throw new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                        .detail("layer %s: the input has a NaN or an infinite value", step.name())
                        .remedy("lower the learning rate, or look for a broken weight or adapter"));
            }
        }
    }

    private static double squaredNorm(Step step, float[] x, int row) {
        float[] c = step.featureScales();
        int whole = step.features() / (2 * LANES) * (2 * LANES);
        DoubleVector even = DoubleVector.zero(DOUBLES);
        DoubleVector odd = DoubleVector.zero(DOUBLES);
        for (int j = 0; j < whole; j += 2 * LANES) {
            DoubleVector left = IntLanes.toDoubles(x, row + j);
            DoubleVector right = IntLanes.toDoubles(x, row + j + LANES);
            if (c != null) {
                left = left.mul(IntLanes.toDoubles(c, j));
                right = right.mul(IntLanes.toDoubles(c, j + LANES));
            }
            even = left.fma(left, even);
            odd = right.fma(right, odd);
        }
        double sum = even.add(odd).reduceLanes(VectorOperators.ADD);
        for (int j = whole; j < step.features(); j++) {
            double value = (double) x[row + j] * (c == null ? 1 : c[j]);
            sum += value * value;
        }
        return sum;
    }

    private static void quantizeRow(Step step, float[] x, int row, double scale, int[] out, int offset) {
        float[] c = step.featureScales();
        for (int j = 0; j < step.features(); j++) {
            double value = (double) x[row + j] * (c == null ? 1 : c[j]);
            out[offset + j] = (int) Math.rint(value * scale);
        }
    }
}
