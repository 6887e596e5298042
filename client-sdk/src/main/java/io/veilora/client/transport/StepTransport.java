package io.veilora.client.transport;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Carries one step to the provider and its answer back; HTTP, or straight to a provider in the same process. */
public interface StepTransport {
    /**
     * A request: once sent, its bytes never change, however often it is sent.
     *
     * @param wire an {@link EncryptedTensor} message
     */
    record StepRequest(UUID stepId, LayerId layer, Direction direction, AnswerBits answerBits, byte[] wire) {}

    /**
     * An answer whose length and digest were checked.
     *
     * @param wireBytes bytes of the answer
     * @param timing where the provider's time went
     * @param roundTripNanos from handing over the request to having the answer
     */
    record StepAnswer(EncryptedTensor tensor, long wireBytes, StepTiming timing, long roundTripNanos) {}

    /**
     * Sends a step; several may be in flight.
     *
     * @return the answer, or failed with a {@link io.veilora.protocol.problem.VeiloraException} that names the step
     */
    CompletableFuture<StepAnswer> send(StepRequest request);
}
