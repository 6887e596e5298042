package io.veilora.functions.step;

import io.veilora.functions.model.ModelStore;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.StoredBytes;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What must hold before a step is computed. The gateway checked the same; an event can still be stale or forged. */
final class StepChecks {
    private final ModelStore models;
    private final BlobStore blobs;

    StepChecks(ModelStore models, BlobStore blobs) {
        this.models = models;
        this.blobs = blobs;
    }

    /** What the step's id stands for. @throws PermanentException UNKNOWN_STEP if nobody claimed it, or it expired */
    StepRequested claim(StepRequested event) throws IOException {
        BlobName name = new BlobName(event.tenant(), event.stepId(), Kind.CLAIM);
        return BoundedRetry.of(() -> StepClaim.find(blobs, name))
                .orElseThrow(() -> new PermanentException(
                        Problem.of(ProblemCode.UNKNOWN_STEP).remedy("encrypt afresh and send it as a new step")));
    }

    /** Finds the model and the layer and compares the token count with the parameters. */
    CheckedStep check(StepRequested event) throws IOException {
        Optional<ModelManifest> model = BoundedRetry.of(() -> models.find(event.model()));
        if (model.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.UNKNOWN_MODEL)
                    .detail("model: got '%s'", event.model())
                    .remedy("GET /v1/models lists those that are here"));
        }
        LatticeParameters parameters = model.get().parameters();
        if (event.tokens() <= 0 || event.tokens() % parameters.ringDimension() != 0) {
            throw new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE)
                    .detail(
                            "tokens: got %d, expected a positive multiple of %d",
                            event.tokens(), parameters.ringDimension()));
        }
        return new CheckedStep(event, model.get(), model.get().layer(event.layer()));
    }

    /** The step's stored request, not looked at yet. The caller closes it. */
    StoredBytes request(CheckedStep step) throws IOException {
        return BoundedRetry.of(() -> blobs.open(step.blob(Kind.REQUEST)))
                .orElseThrow(() -> new PermanentException(Problem.of(ProblemCode.UNKNOWN_STEP)
                        .detail("its request has expired")
                        .remedy("encrypt afresh and send it as a new step")));
    }

    /**
     * Compares a request's bytes with what the event says of them.
     *
     * @return the words, (tokens, features)
     */
    static MemorySegment words(CheckedStep step, MemorySegment wire) {
        EncryptedTensor tensor = EncryptedTensor.read(wire);
        if (!EncryptedTensor.statedDigest(wire).equals(step.event().requestDigest())) {
            throw new RetriableException(Problem.of(ProblemCode.DIGEST_MISMATCH)
                    .detail("the stored request is not the one that was sent")
                    .remedy("send the same bytes again"));
        }
        if (wire.byteSize() != step.requestBytes()
                || tensor.tokens() != step.event().tokens()
                || tensor.features() != step.requestFeatures()
                || tensor.parameters() != step.model().parameters()) {
            throw new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE)
                    .detail(
                            "request: got %d tokens of %d features under %s, expected %d of %d under %s",
                            tensor.tokens(),
                            tensor.features(),
                            tensor.parameters(),
                            step.event().tokens(),
                            step.requestFeatures(),
                            step.model().parameters()));
        }
        return tensor.payload();
    }
}
