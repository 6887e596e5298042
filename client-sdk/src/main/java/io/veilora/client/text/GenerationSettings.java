package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.List;

/**
 * How a text is generated.
 *
 * <p>The provider sees one pass over the layers for every new token, so it learns how many tokens an answer has; with
 * {@code hideLength} the passes go on to {@code maxTokens} whatever was generated, and it learns nothing.
 *
 * @param maxTokens most new tokens, positive
 * @param stopStrings the text ends before the first of these; none is empty
 * @param hideLength whether an answer that ends early takes as many passes as one that does not
 */
public record GenerationSettings(int maxTokens, Sampling sampling, List<String> stopStrings, boolean hideLength) {
    public GenerationSettings {
        stopStrings = List.copyOf(stopStrings);
        if (maxTokens <= 0) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("max tokens: got %d, expected a positive number", maxTokens)
                    .remedy("give at least 1"));
        }
        if (stopStrings.contains("")) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("stop string: got an empty one")
                    .remedy("leave it out"));
        }
    }

    /** Always the most probable token, up to {@code maxTokens} of them. */
    public static GenerationSettings greedy(int maxTokens) {
        return new GenerationSettings(maxTokens, Sampling.greedy(), List.of(), false);
    }

    public GenerationSettings with(Sampling newSampling) {
        return new GenerationSettings(maxTokens, newSampling, stopStrings, hideLength);
    }

    public GenerationSettings stoppingAt(String... newStopStrings) {
        return new GenerationSettings(maxTokens, sampling, List.of(newStopStrings), hideLength);
    }

    public GenerationSettings hidingLength() {
        return new GenerationSettings(maxTokens, sampling, stopStrings, true);
    }
}
