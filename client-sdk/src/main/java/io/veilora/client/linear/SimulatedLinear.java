package io.veilora.client.linear;

import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.QuantizedWeights;
import java.util.random.RandomGenerator;

/**
 * A remote layer with the errors of the encrypted one but neither secrets nor network: int8 weights, activations rounded
 * with one scale per token, the noise {@code W·e}, the hint's rounding times the secret, and the answer rounded to 16
 * bits. For experiments about accuracy; needs the whole model at the client.
 *
 * <p>Integers up to 2^31 are summed in float32 here, whose rounding stays far below that of the answer. The noise comes
 * from a seeded generator and protects nothing.
 */
public final class SimulatedLinear implements FrozenLinear {
    private static final double Q = LatticeParameters.Q;
    private static final double ANSWER_STEP = Q / (1 << 16);

    private final LatticeParameters parameters;
    private final String name;
    private final QuantizedWeights weights;
    private final ClearLinear product;
    private final RandomGenerator random;

    public SimulatedLinear(
            LatticeParameters parameters, String name, QuantizedWeights weights, RandomGenerator random) {
        this.parameters = parameters;
        this.name = name;
        this.weights = weights;
        this.random = random;
        float[] values = new float[weights.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = weights.values()[i];
        }
        this.product = new ClearLinear(values, weights.outputFeatures(), weights.inputFeatures());
    }

    @Override
    public int inputFeatures() {
        return weights.inputFeatures();
    }

    @Override
    public int outputFeatures() {
        return weights.outputFeatures();
    }

    @Override
    public void forward(float[] x, int tokens, float[] y) {
        float[] noisy = new float[tokens * inputFeatures()];
        double[] scales = quantizeAndAddErrors(step(Direction.FORWARD, null), x, tokens, noisy);
        product.forward(noisy, tokens, y);
        round(y, tokens, scales, weights.scales(), outputFeatures());
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx) {
        float[] noisy = new float[tokens * outputFeatures()];
        double[] scales = quantizeAndAddErrors(step(Direction.BACKWARD, weights.scales()), dy, tokens, noisy);
        product.backward(noisy, tokens, dx);
        round(dx, tokens, scales, null, inputFeatures());
    }

    private TokenQuantizer.Step step(Direction direction, float[] featureScales) {
        int features = direction == Direction.FORWARD ? inputFeatures() : outputFeatures();
        return new TokenQuantizer.Step(
                name + " " + direction.label(), features, weights.maxNorm(direction), featureScales);
    }

    private double[] quantizeAndAddErrors(TokenQuantizer.Step step, float[] x, int tokens, float[] noisy) {
        int[] plaintext = new int[tokens * step.features()];
        double[] scales = TokenQuantizer.quantize(parameters, step, x, 0, tokens, plaintext);
        for (int i = 0; i < noisy.length; i++) {
            noisy[i] = plaintext[i] + centredBinomial();
        }
        return scales;
    }

    private int centredBinomial() {
        long coins = random.nextLong();
        long mask = (1L << LatticeParameters.CBD_COINS) - 1;
        return Long.bitCount(coins & mask) - Long.bitCount(coins >>> LatticeParameters.CBD_COINS & mask);
    }

    /** Adds the hint's error, rounds to the answer's 2^16 steps, and goes back to real numbers. */
    private void round(float[] y, int tokens, double[] scales, float[] featureScales, int features) {
        double hintError = LatticeParameters.SIGMA * Math.sqrt(parameters.latticeDimension() / 12.0) * Q / (1 << 24);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < features; j++) {
                int at = t * features + j;
                double mask =
                        random.nextDouble(); // encryption adds a uniform mask before rounding, decryption removes it
                double answer = (Math.rint(y[at] / ANSWER_STEP + mask) - mask) * ANSWER_STEP;
                double scale = featureScales == null ? 1 : featureScales[j];
                y[at] = (float) ((answer + hintError * random.nextGaussian()) * scale / scales[t]);
            }
        }
    }
}
