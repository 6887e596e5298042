package io.veilora.functions.step;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.step.StepTiming;

/** What became of one event. */
public sealed interface StepOutcome {
    StepRequested step();

    /**
     * The answer is stored and charged.
     *
     * @param stacked steps in the GEMM that computed it; 0 if the answer was there already
     */
    record Completed(StepRequested step, StepTiming timing, int stacked) implements StepOutcome {
        public StepFinished finished() {
            return new StepFinished(step.stepId(), step.tenant(), step.requestDigest(), timing, null);
        }
    }

    /** There is no answer, and the client is told why. */
    record Failed(StepRequested step, Problem problem) implements StepOutcome {
        public StepFinished finished() {
            Problem named = problem.step(step.stepId().toString());
            return new StepFinished(step.stepId(), step.tenant(), step.requestDigest(), null, named);
        }
    }

    /** The event is not what its step id stands for: no client's business. */
    record Foreign(StepRequested step, Problem problem) implements StepOutcome {}
}
