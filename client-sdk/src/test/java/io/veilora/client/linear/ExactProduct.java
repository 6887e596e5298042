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

    /** DESIGN §3: {@code M/Δ_t}, the margin as real numbers, which no error passes but with probability 2^-128. */
    double bound(int token, int output) {
        double squares = 0;
        for (int j = 0; j < inputs(); j++) {
            squares += scaled(token, j) * scaled(token, j);
        }
        double norm = weights.maxNorm(direction);
        double margin = TokenQuantizer.margin(LatticeParameters.MLWE_256x5, inputs(), norm);
        double scale = (LatticeParameters.Q / 2.0 - margin) / (norm * Math.sqrt(squares));
        return margin / scale * (direction == Direction.FORWARD ? weights.scales()[output] : 1);
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
