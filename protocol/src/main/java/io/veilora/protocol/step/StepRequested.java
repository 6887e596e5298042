package io.veilora.protocol.step;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.AnswerBits;
import java.util.UUID;

/**
 * A step to compute: the data of the event {@link #TYPE}. The ciphertext itself waits in the blob store (claim check).
 *
 * @param requestDigest the digest that the request's bytes state, see {@link io.veilora.protocol.wire.EncryptedTensor#statedDigest}
 * @param tokens padded token count
 * @param requestedAtMicros when the gateway published it, microseconds since the epoch
 */
public record StepRequested(
        UUID stepId,
        String tenant,
        String model,
        LayerId layer,
        Direction direction,
        int tokens,
        AnswerBits answerBits,
        String requestDigest,
        long requestedAtMicros) {
    public static final String TYPE = "io.veilora.step.requested.v1";

    /** The record key on the steps topic, so that one replica sees the same layers again and again. */
    public String recordKey() {
        return model + "/" + layer + "/" + direction.label();
    }
}
