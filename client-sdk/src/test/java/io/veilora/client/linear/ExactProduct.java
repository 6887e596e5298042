package io.veilora.client.linear;

import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.QuantizedWeights;
import java.util.Random;

/** {@code y = x·(diag(c)·W_q)ᵀ} or {@code ∂x = ∂y·diag(c)·W_q} in double, and how far another result is from it. */
record ExactProduct(QuantizedWeights weights, Direction direction, float[] x, int tokens) {

    int inputs() {
        return direction == Direction.FORWARD ? weights.inputFeatures() : weights.outputFeatures();
    }

    int outputs() {
        return direction == Direction.FORWARD ? weights.outputFeatures() : weights.inputFeatures();
    }

    static ExactProduct ofRandomInput(QuantizedWeights weights, Direction direction, int tokens, long seed) {
        ExactProduct shape = new ExactProduct(weights, direction, null, tokens);
        Random random = new Random(seed);
        float[] x = new float[tokens * shape.inputs()];
        for (int t = 0; t < tokens; t++) {
            double size = Math.exp(3 * random.nextGaussian()); // tokens of very different length
            for (int j = 0; j < shape.inputs(); j++) {
                x[t * shape.inputs() + j] = (float) (size * random.nextGaussian());
            }
        }
        return new ExactProduct(weights, direction, x, tokens);
    }

    double at(int token, int output) {
        double sum = 0;
        for (int j = 0; j < inputs(); j++) {
            sum += direction == Direction.FORWARD
                    ? (double) x[token * inputs() + j] * weights.values()[output * inputs() + j]
                    : scaled(token, j) * weights.values()[j * outputs() + output];
        }
        return direction == Direction.FORWARD ? sum * weights.scales()[output] : sum;
    }

    /** What the client multiplies with the integers {@code W_q}. */
    private double scaled(int token, int input) {
        float value = x[token * inputs() + input];
        return direction == Direction.FORWARD ? value : (double) value * weights.scales()[input];
    }

    /** {@code Δ_t}, the scale of a token; infinite for a zero vector. */
    private double tokenScale(int token) {
        double squares = 0;
        for (int j = 0; j < inputs(); j++) {
            squares += scaled(token, j) * scaled(token, j);
        }
        return (LatticeParameters.Q / 2.0 - margin()) / (weights.maxNorm(direction) * Math.sqrt(squares));
    }

    private double margin() {
        return TokenQuantizer.margin(LatticeParameters.MLWE_256x5, inputs(), weights.maxNorm(direction));
    }

    /** DESIGN §3: {@code M/Δ_t}, the margin as real numbers, which no error passes but with probability 2^-128. */
    double bound(int token, int output) {
        return margin() / tokenScale(token) * outputScale(output);
    }

    private double outputScale(int output) {
        return direction == Direction.FORWARD ? weights.scales()[output] : 1;
    }

    /**
     * The mean of the squared errors, each over the variance that DESIGN §3 predicts: noise and rounding of the input
     * times the weights, rounding of the answer, and rounding of the hint times the secret. About 1 if it is right; zero
     * vectors are left out, whose result must be exact.
     */
    double squaredErrorOverPrediction(float[] y) {
        double q = LatticeParameters.Q;
        double sigma = LatticeParameters.SIGMA;
        double answer = Math.pow(q / (1 << 16), 2) / 12;
        double hint = Math.pow(sigma * q / (1 << 24), 2) * LatticeParameters.MLWE_256x5.latticeDimension() / 12;
        double[] variances = new double[outputs()];
        for (int i = 0; i < outputs(); i++) {
            variances[i] = squaredNorm(i) * (sigma * sigma + 1 / 12.0) + answer + hint;
        }
        double sum = 0;
        long count = 0;
        for (int t = 0; t < tokens; t++) {
            double scale = tokenScale(t);
            for (int i = 0; i < outputs() && Double.isFinite(scale); i++, count++) {
                double error = (y[t * outputs() + i] - at(t, i)) * scale / outputScale(i);
                sum += error * error / variances[i];
            }
        }
        return sum / count;
    }

    /** Of the integer weights that make one output. */
    private double squaredNorm(int output) {
        double sum = 0;
        for (int j = 0; j < inputs(); j++) {
            int at = direction == Direction.FORWARD ? output * inputs() + j : j * outputs() + output;
            sum += weights.values()[at] * weights.values()[at];
        }
        return sum;
    }

    /** The largest error over its {@link #bound}, which leaves room for the rounding of the result to float. */
    double worstErrorOverBound(float[] y) {
        double worst = 0;
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < outputs(); i++) {
                double exact = at(t, i);
                double bound = bound(t, i) + Math.abs(exact) * 0x1p-22;
                worst = Math.max(worst, Math.abs(y[t * outputs() + i] - exact) / bound);
            }
        }
        return worst;
    }

    float[] by(FrozenLinear layer) {
        float[] y = new float[tokens * outputs()];
        if (direction == Direction.FORWARD) {
            layer.forward(x, tokens, y);
        } else {
            layer.backward(x, tokens, y);
        }
        return y;
    }

    /** Root mean square of the errors, each token's relative to that token's exact result, as log2. */
    double log2Error(float[] y) {
        double relative = 0;
        for (int t = 0; t < tokens; t++) {
            double error = 0;
            double power = 0;
            for (int i = 0; i < outputs(); i++) {
                double exact = at(t, i);
                error += Math.pow(y[t * outputs() + i] - exact, 2);
                power += exact * exact;
            }
            relative += error / power;
        }
        return Math.log(relative / tokens) / Math.log(4);
    }
}
