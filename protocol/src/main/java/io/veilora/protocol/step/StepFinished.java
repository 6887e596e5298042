package io.veilora.protocol.step;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.veilora.protocol.problem.Problem;
import java.util.UUID;

/**
 * The end of a step: the data of the events {@link #COMPLETED} and {@link #FAILED}.
 *
 * @param requestDigest the digest that the request's bytes state, which this answers
 * @param timing where the provider's time went; null if it failed
 * @param problem why it failed; null if it completed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StepFinished(UUID stepId, String tenant, String requestDigest, StepTiming timing, Problem problem) {
    public static final String COMPLETED = "io.veilora.step.completed.v1";
    public static final String FAILED = "io.veilora.step.failed.v1";

    @JsonIgnore
    public boolean completed() {
        return problem == null;
    }

    @JsonIgnore
    public String type() {
        return completed() ? COMPLETED : FAILED;
    }
}
