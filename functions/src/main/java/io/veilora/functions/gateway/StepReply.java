package io.veilora.functions.gateway;

import io.veilora.functions.store.BlobName;
import io.veilora.protocol.step.StepTiming;
import java.util.UUID;

/** What a request gets for its step: the answer, or word that it is on its way. */
sealed interface StepReply {
    /** @param answer the object with the answer message */
    record Answered(BlobName answer, StepTiming timing) implements StepReply {}

    record Pending(UUID stepId) implements StepReply {}
}
