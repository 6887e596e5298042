package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.List;

/**
 * What to generate.
 *
 * @param prompt continued as it stands
 * @param maxNewTokens positive
 * @param stopStrings the text ends before the first of these; none is empty
 */
public record GenerationRequest(String prompt, int maxNewTokens, Sampling sampling, List<String> stopStrings) {
    public GenerationRequest {
        stopStrings = List.copyOf(stopStrings);
        if (maxNewTokens <= 0) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("max new tokens: got %d, expected a positive number", maxNewTokens));
        }
        if (stopStrings.contains("")) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT).detail("stop string: got an empty one"));
        }
    }

    /** The most probable continuation. */
    public static GenerationRequest greedy(String prompt, int maxNewTokens) {
        return new GenerationRequest(prompt, maxNewTokens, Sampling.greedy(), List.of());
    }

    /** Without the prompt, which is private. */
    @Override
    public String toString() {
        return "GenerationRequest[maxNewTokens=" + maxNewTokens + ", " + sampling + "]";
    }
}
