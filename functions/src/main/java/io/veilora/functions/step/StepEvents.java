package io.veilora.functions.step;

import io.veilora.functions.store.TenantName;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.CloudEvent;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;

/** Our events on their way to and from a record's bytes; whatever comes in is checked before it is used. */
public final class StepEvents {
    private StepEvents() {}

    public static byte[] encode(StepRequested step) {
        return CloudEvent.encode(StepRequested.TYPE, "/veilora/gateway", step.stepId(), step);
    }

    public static byte[] encode(StepFinished finished) {
        return CloudEvent.encode(finished.type(), "/veilora/step-function", finished.stepId(), finished);
    }

    /** @throws PermanentException {@link ProblemCode#POISON_EVENT} if the bytes are not a complete step */
    public static StepRequested requested(byte[] bytes) {
        CloudEvent event = decode(bytes);
        if (!StepRequested.TYPE.equals(event.type())) {
            throw poison("type: got '%.64s', expected '%s'", event.type(), StepRequested.TYPE);
        }
        StepRequested step = event.data(StepRequested.class);
        if (step.stepId() == null
                || step.tenant() == null
                || step.model() == null
                || step.layer() == null
                || step.direction() == null
                || step.answerBits() == null
                || step.requestDigest() == null) {
            throw poison("a field of the step is missing");
        }
        try {
            TenantName.require(step.tenant());
        } catch (IllegalArgumentException e) {
            throw poison("the tenant's name is malformed");
        }
        return step;
    }

    /** @throws PermanentException {@link ProblemCode#POISON_EVENT} if the bytes are not a complete result */
    public static StepFinished finished(byte[] bytes) {
        StepFinished finished = decode(bytes).data(StepFinished.class);
        if (finished.stepId() == null || finished.tenant() == null || finished.requestDigest() == null) {
            throw poison("a field of the result is missing");
        }
        return finished;
    }

    private static CloudEvent decode(byte[] bytes) {
        if (bytes == null) {
            throw poison("the record has no value");
        }
        return CloudEvent.decode(bytes);
    }

    private static PermanentException poison(String format, Object... arguments) {
        return new PermanentException(
                Problem.of(ProblemCode.POISON_EVENT).detail(format, arguments).remedy("see the dead-letter topic"));
    }
}
