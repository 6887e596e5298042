package io.veilora.protocol.step;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.AnswerBits;
import java.util.UUID;

/**
 * A step to compute: the data of the event {@link #TYPE}. The ciphertext itself waits in the blob store (claim check).
 *
 * @param requestDigest the digest that the request's bytes state, see {@link io.veilora.protocol.wire.EncryptedTensor#statedDigest}
 * @param tokens padded token count
 * @param run groups steps in usage and bills, as the client chose; null for none
 * @param requestedAtMicros when the gateway published it, microseconds since the epoch
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StepRequested(
        UUID stepId,
        String tenant,
        String model,
        LayerId layer,
        Direction direction,
        int tokens,
        AnswerBits answerBits,
        String requestDigest,
        String run,
        long requestedAtMicros) {
    public static final String TYPE = "io.veilora.step.requested.v1";

    /** A step of no run. */
    public StepRequested(
            UUID stepId,
            String tenant,
            String model,
            LayerId layer,
            Direction direction,
            int tokens,
            AnswerBits answerBits,
            String requestDigest,
            long requestedAtMicros) {
        this(stepId, tenant, model, layer, direction, tokens, answerBits, requestDigest, null, requestedAtMicros);
    }

    /** The record key on the steps topic, so that one replica sees the same layers again and again. */
    public String recordKey() {
        return model + "/" + layer + "/" + direction.label();
    }
}
