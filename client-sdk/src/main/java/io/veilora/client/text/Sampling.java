package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/**
 * How the next token is chosen.
 *
 * @param temperature the logits are divided by it; 0 takes the most probable token
 * @param topP the draw is among the most probable tokens that together reach this probability, in (0, 1]
 * @param seed the same seed draws the same text
 */
public record Sampling(double temperature, double topP, long seed) {
    public Sampling {
        if (!(temperature >= 0) || !Double.isFinite(temperature)) {
            throw invalid("temperature: got %s, expected at least 0", temperature);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw invalid("top-p: got %s, expected above 0 and at most 1", topP);
        }
    }

    /** Always the most probable token. */
    public static Sampling greedy() {
        return new Sampling(0, 1, 0);
    }

    private static PermanentException invalid(String format, Object value) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT).detail(format, value));
    }
}
