package io.veilora.functions.gateway;

import io.veilora.functions.gateway.StepReply.Answered;
import io.veilora.functions.gateway.StepReply.Pending;
import io.veilora.functions.step.StepClaim;
import io.veilora.functions.store.BlobDraft;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A step from a checked request to its answer (DESIGN §5, points 2 and 4). Everything that must outlive this process is
 * in the blob store: sending the same request again, here or at another gateway, now or after a restart, finds it.
 */
final class StepGateway {
    private static final StepTiming UNKNOWN = new StepTiming(0, 0, 0, 0);

    private final BlobStore blobs;
    private final WaitingSteps waiting;
    private final StepPublisher publisher;
    private final Duration answerWait;

    StepGateway(BlobStore blobs, WaitingSteps waiting, StepPublisher publisher, Duration answerWait) {
        this.blobs = blobs;
        this.waiting = waiting;
        this.publisher = publisher;
        this.answerWait = answerWait;
    }

    /**
     * Claims the step id, stores the body, publishes the step and waits.
     *
     * @param body the checked message, of the step's tenant; the caller closes it
     *
     * @throws PermanentException STEP_CONFLICT if the id stands for something else
     * @throws io.veilora.protocol.problem.VeiloraException why the step failed
     */
    StepReply submit(StepRequested step, BlobDraft body) throws IOException {
        if (!StepClaim.isSameWork(StepClaim.claim(blobs, step), step)) {
            throw new PermanentException(Problem.of(ProblemCode.STEP_CONFLICT)
                    .remedy("retry with the identical bytes, or encrypt afresh under a new step id")
                    .step(step.stepId().toString()));
        }
        BlobName name = new BlobName(step.tenant(), step.stepId(), Kind.CLAIM);
        WaitingSteps.Joined joined = waiting.join(step);
        try (WaitingSteps.Wait wait = joined.entry()) {
            // Only now look: an answer that came before is in the store, one that comes later wakes us.
            if (blobs.exists(name.with(Kind.ANSWER))) {
                return new Answered(name.with(Kind.ANSWER), UNKNOWN);
            }
            if (joined.first()) {
                begin(step, body, wait);
            }
            return await(name, wait);
        }
    }

    private void begin(StepRequested step, BlobDraft body, WaitingSteps.Wait wait) throws IOException {
        BlobName name = new BlobName(step.tenant(), step.stepId(), Kind.PROBLEM);
        try {
            Optional<Problem> failure = problem(name);
            if (failure.isPresent() && !failure.get().retriable()) {
                throw failure.get().toException();
            }
            blobs.delete(name);
            blobs.putIfAbsent(name.with(Kind.REQUEST), body);
            body.close(); // its bytes are needed no longer here, the wait may be
            publisher.publish(StepClaim.republished(step, nowMicros())).whenComplete((done, e) -> {
                if (e != null) {
                    wait.fail(unavailable("the step could not be published", e));
                }
            });
        } catch (IOException | RuntimeException e) {
            wait.fail(unavailable("the step could not be stored or published", e));
            throw e;
        }
    }

    private StepReply await(BlobName name, WaitingSteps.Wait wait) throws IOException {
        Optional<StepFinished> finished = wait.await(answerWait);
        if (finished.isPresent() && !finished.get().completed()) {
            throw finished.get().problem().step(name.stepId().toString()).toException();
        }
        // Also after the wait has run out: the answer may be there though its event was lost.
        if (blobs.exists(name.with(Kind.ANSWER))) {
            return new Answered(
                    name.with(Kind.ANSWER), finished.map(StepFinished::timing).orElse(UNKNOWN));
        }
        if (finished.isPresent()) {
            throw unknown(name);
        }
        return new Pending(name.stepId());
    }

    /**
     * How a step stands that was sent before.
     *
     * @throws PermanentException UNKNOWN_STEP if the tenant has no such step
     * @throws io.veilora.protocol.problem.VeiloraException why the step failed
     */
    StepReply poll(BlobName name) throws IOException {
        if (!blobs.exists(name.with(Kind.CLAIM))) {
            throw unknown(name);
        }
        if (blobs.exists(name.with(Kind.ANSWER))) {
            return new Answered(name.with(Kind.ANSWER), UNKNOWN);
        }
        Optional<Problem> failure = problem(name);
        if (failure.isPresent()) {
            throw failure.get().toException();
        }
        return new Pending(name.stepId());
    }

    /** Wakes requests whose results were published while nobody listened: at the start and after a rebalance. */
    void lookAgain() throws IOException {
        for (BlobName name : waiting.names()) {
            Optional<StepRequested> claim = StepClaim.find(blobs, name);
            Optional<Problem> failure = problem(name);
            if (claim.isPresent() && (failure.isPresent() || blobs.exists(name.with(Kind.ANSWER)))) {
                waiting.finished(new StepFinished(
                        name.stepId(), name.tenant(), claim.get().requestDigest(), UNKNOWN, failure.orElse(null)));
            }
        }
    }

    private Optional<Problem> problem(BlobName name) throws IOException {
        Optional<byte[]> json = blobs.get(name.with(Kind.PROBLEM));
        return json.isEmpty()
                ? Optional.empty()
                : Optional.of(ProtocolJson.MAPPER.readValue(json.get(), Problem.class));
    }

    static PermanentException unknown(BlobName name) {
        return new PermanentException(Problem.of(ProblemCode.UNKNOWN_STEP)
                .remedy("encrypt afresh and send it as a new step")
                .step(name.stepId().toString()));
    }

    private static RetriableException unavailable(String detail, Throwable cause) {
        return new RetriableException(
                Problem.of(ProblemCode.UNAVAILABLE).detail("%s", detail).remedy("send the same bytes again"), cause);
    }

    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
