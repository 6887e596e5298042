package io.veilora.functions.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a step id stands for: written once by the gateway before anything else, and compared with every request and every
 * event that bears the id. So an id cannot be used for another body, layer, direction or width, and a forged or damaged
 * event cannot change a step.
 */
public final class StepClaim {
    private StepClaim() {}

    /** Claims the id for {@code step}, unless somebody did before. @return what it stands for now */
    public static StepRequested claim(BlobStore blobs, StepRequested step) throws IOException {
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(step);
        if (blobs.putIfAbsent(name(step), MemorySegment.ofArray(json))) {
            return step;
        }
        return find(blobs, name(step)).orElse(step);
    }

    /** The claim, or empty if the id is unknown or has expired. */
    public static Optional<StepRequested> find(BlobStore blobs, BlobName name) throws IOException {
        Optional<byte[]> json = blobs.get(name.with(Kind.CLAIM));
        if (json.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ProtocolJson.MAPPER.readValue(json.get(), StepRequested.class));
        } catch (JsonProcessingException e) {
            throw new IOException("the claim of step " + name.stepId() + " is damaged", e);
        }
    }

    /** Whether both are the same work, whenever it was asked for. */
    public static boolean isSameWork(StepRequested one, StepRequested other) {
        return republished(one, 0).equals(republished(other, 0));
    }

    /** The same step, published now. */
    public static StepRequested republished(StepRequested step, long nowMicros) {
        return new StepRequested(
                step.stepId(),
                step.tenant(),
                step.model(),
                step.layer(),
                step.direction(),
                step.tokens(),
                step.answerBits(),
                step.requestDigest(),
                step.run(),
                nowMicros);
    }

    private static BlobName name(StepRequested step) {
        return new BlobName(step.tenant(), step.stepId(), Kind.CLAIM);
    }
}
