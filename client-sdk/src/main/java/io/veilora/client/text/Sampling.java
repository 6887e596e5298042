package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/**
 * How the next token is chosen: among the {@code topK} most probable, of these among the most probable that together
 * reach {@code topP}.
 *
 * @param temperature the logits are divided by it; 0 takes the most probable token
 * @param topP in [0, 1]; 1 leaves none out, 0 leaves the most probable
 * @param topK 0 leaves none out
 * @param seed the same seed draws the same text
 */
public record Sampling(double temperature, double topP, int topK, long seed) {
    public Sampling {
        if (!(temperature >= 0) || !Double.isFinite(temperature)) {
            throw invalid("temperature: got %s, expected at least 0", temperature);
        }
        if (!(topP >= 0 && topP <= 1)) {
            throw invalid("top-p: got %s, expected 0 to 1", topP);
        }
        if (topK < 0) {
            throw invalid("top-k: got %s, expected at least 0", topK);
        }
    }

    /** Always the most probable token. */
    public static Sampling greedy() {
        return new Sampling(0, 1, 0, 0);
    }

    /** A draw from all tokens. */
    public static Sampling at(double temperature, long seed) {
        return new Sampling(temperature, 1, 0, seed);
    }

    public Sampling withTopP(double newTopP) {
        return new Sampling(temperature, newTopP, topK, seed);
    }

    public Sampling withTopK(int newTopK) {
        return new Sampling(temperature, topP, newTopK, seed);
    }

    private static PermanentException invalid(String format, Object value) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT).detail(format, value).remedy("give a value in this range"));
    }
}
