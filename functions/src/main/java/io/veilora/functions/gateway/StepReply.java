package io.veilora.functions.gateway;

import io.veilora.functions.store.BlobFile;
import io.veilora.protocol.step.StepTiming;
import java.util.UUID;

/** What a request gets for its step: the answer, or word that it is on its way. */
sealed interface StepReply {
    /** @param answer file with the answer message, ready to send, to be closed when it is sent */
    record Answered(BlobFile answer, StepTiming timing) implements StepReply {}

    record Pending(UUID stepId) implements StepReply {}
}
