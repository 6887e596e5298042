package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.gateway.StepReply.Answered;
import io.veilora.functions.gateway.StepReply.Pending;
import io.veilora.functions.store.BlobDraft;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepGatewayTest {
    private static final byte[] BODY = {1, 2, 3};
    private static final byte[] ANSWER = {4, 5};
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(1);

    @TempDir
    Path folder;

    private final WaitingSteps waiting = new WaitingSteps();
    private final BlockingQueue<StepRequested> published = new LinkedBlockingQueue<>();
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private FileBlobStore blobs;

    @BeforeEach
    void open() throws IOException {
        blobs = new FileBlobStore(folder);
    }

    @AfterEach
    void stop() {
        requests.shutdownNow();
    }

    @Test
    void aStepIsStoredBeforeItIsPublishedAndAnsweredWhenItsResultComes() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> reply = submit(step, BODY);
        StepRequested event = published.poll(10, TimeUnit.SECONDS);
        assertThat(event.stepId()).isEqualTo(step.stepId());
        assertThat(blobs.get(name(step, Kind.REQUEST)))
                .hasValueSatisfying(b -> assertThat(b).isEqualTo(BODY));
        finish(step);
        assertThat(reply.get(10, TimeUnit.SECONDS)).isInstanceOfSatisfying(Answered.class, answered -> {
            assertThat(bytes(answered)).isEqualTo(ANSWER);
            assertThat(answered.timing().gemm()).isEqualTo(7);
        });
        assertThat(waiting.names()).isEmpty();
    }

    @Test
    void aRetryWhileTheFirstIsRunningSharesItsAnswerAndIsNotPublishedAgain() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> first = submit(step, BODY);
        published.poll(10, TimeUnit.SECONDS);
        Future<StepReply> second = submit(step, BODY);
        finish(step);
        assertThat(bytes((Answered) first.get(10, TimeUnit.SECONDS))).isEqualTo(ANSWER);
        assertThat(bytes((Answered) second.get(10, TimeUnit.SECONDS))).isEqualTo(ANSWER);
        assertThat(published).isEmpty();
    }

    private byte[] bytes(Answered answered) {
        try {
            return blobs.get(answered.answer()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theSameIdWithAnotherBodyLayerOrWidthIsAConflict() throws Exception {
        StepRequested step = step(BODY);
        gateway(SHORT).submit(step, draft(BODY));
        byte[] other = {9};
        for (StepRequested conflicting : List.of(
                with(step, step.layer(), Sha256.hex(other), AnswerBits.BITS_16),
                with(step, LayerId.LM_HEAD, step.requestDigest(), AnswerBits.BITS_16),
                with(step, step.layer(), step.requestDigest(), AnswerBits.BITS_32))) {
            assertProblem(ProblemCode.STEP_CONFLICT, () -> gateway(SHORT).submit(conflicting, draft(other)));
        }
    }

    @Test
    void aStepThatTakesLongerIsPolled() throws Exception {
        StepRequested step = step(BODY);
        StepGateway gateway = gateway(SHORT);
        assertThat(gateway.submit(step, draft(BODY))).isEqualTo(new Pending(step.stepId()));
        assertThat(gateway.poll(name(step, Kind.CLAIM))).isEqualTo(new Pending(step.stepId()));
        finish(step);
        assertThat(gateway.poll(name(step, Kind.CLAIM))).isInstanceOf(Answered.class);
        assertThat(gateway.submit(step, draft(BODY))).isInstanceOf(Answered.class);
        assertThat(published).hasSize(1);
    }

    @Test
    void anotherTenantsStepIsAsUnknownAsNone() throws Exception {
        StepRequested step = step(BODY);
        gateway(SHORT).submit(step, draft(BODY));
        assertProblem(
                ProblemCode.UNKNOWN_STEP, () -> gateway(SHORT).poll(new BlobName("bob", step.stepId(), Kind.CLAIM)));
        assertProblem(ProblemCode.UNKNOWN_STEP, () -> gateway(SHORT)
                .poll(new BlobName("alice", UUID.randomUUID(), Kind.CLAIM)));
    }

    @Test
    void anAnswerWhoseEventWasLostIsFoundInTheStore() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> reply =
                requests.submit(() -> gateway(Duration.ofMillis(300)).submit(step, draft(BODY)));
        published.poll(10, TimeUnit.SECONDS);
        blobs.putIfAbsent(name(step, Kind.ANSWER), MemorySegment.ofArray(ANSWER));
        assertThat(reply.get(10, TimeUnit.SECONDS)).isInstanceOf(Answered.class);
    }

    @Test
    void aConsumerThatStartsLateWakesThoseWhoseResultItMissed() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> reply = submit(step, BODY);
        published.poll(10, TimeUnit.SECONDS);
        blobs.putIfAbsent(name(step, Kind.ANSWER), MemorySegment.ofArray(ANSWER));
        gateway(SHORT).lookAgain();
        assertThat(reply.get(10, TimeUnit.SECONDS)).isInstanceOf(Answered.class);
    }

    @Test
    void aResultForOtherBytesUnderTheSameIdIsIgnored() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> reply = submit(step, BODY);
        published.poll(10, TimeUnit.SECONDS);
        Problem problem = Problem.of(ProblemCode.STEP_FAILED);
        waiting.finished(new StepFinished(step.stepId(), "alice", "00", null, problem));
        waiting.finished(new StepFinished(step.stepId(), "bob", step.requestDigest(), null, problem));
        finish(step);
        assertThat(reply.get(10, TimeUnit.SECONDS)).isInstanceOf(Answered.class);
    }

    @Test
    void aRetriableFailureIsToldAndTheNextTryIsPublishedAgain() throws Exception {
        StepRequested step = step(BODY);
        Future<StepReply> reply = submit(step, BODY);
        published.poll(10, TimeUnit.SECONDS);
        fail(step, Problem.of(ProblemCode.STORE_FULL));
        assertThatThrownBy(() -> reply.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(RetriableException.class);
        assertProblem(ProblemCode.STORE_FULL, () -> gateway(SHORT).poll(name(step, Kind.CLAIM)));
        Future<StepReply> again = submit(step, BODY);
        assertThat(published.poll(10, TimeUnit.SECONDS)).isNotNull();
        finish(step);
        assertThat(again.get(10, TimeUnit.SECONDS)).isInstanceOf(Answered.class);
    }

    @Test
    void aPermanentFailureStaysAsItIs() throws Exception {
        StepRequested step = step(BODY);
        gateway(SHORT).submit(step, draft(BODY));
        fail(step, Problem.of(ProblemCode.CORRUPT_MODEL));
        assertProblem(ProblemCode.CORRUPT_MODEL, () -> gateway(LONG).submit(step, draft(BODY)));
        assertThat(published).hasSize(1);
    }

    @Test
    void aBrokerThatTakesNoEventsIsARetriableProblem() {
        StepRequested step = step(BODY);
        StepGateway gateway = new StepGateway(
                blobs, waiting, event -> CompletableFuture.failedFuture(new IOException("no broker")), LONG);
        assertProblem(ProblemCode.UNAVAILABLE, () -> gateway.submit(step, draft(BODY)));
    }

    private StepGateway gateway(Duration answerWait) {
        return new StepGateway(
                blobs,
                waiting,
                event -> {
                    published.add(event);
                    return CompletableFuture.completedFuture(null);
                },
                answerWait);
    }

    private Future<StepReply> submit(StepRequested step, byte[] body) {
        return requests.submit(() -> gateway(LONG).submit(step, draft(body)));
    }

    /** A body as the request's thread leaves it. */
    private BlobDraft draft(byte[] body) throws IOException {
        BlobDraft draft = blobs.draft("alice");
        draft.append(ByteBuffer.wrap(body));
        return draft;
    }

    /** As the step function does it: the answer is stored, then its result published. */
    private void finish(StepRequested step) throws IOException {
        blobs.putIfAbsent(name(step, Kind.ANSWER), MemorySegment.ofArray(ANSWER));
        waiting.finished(
                new StepFinished(step.stepId(), step.tenant(), step.requestDigest(), new StepTiming(7, 0, 0, 0), null));
    }

    private void fail(StepRequested step, Problem problem) throws IOException {
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(problem);
        blobs.putIfAbsent(name(step, Kind.PROBLEM), MemorySegment.ofArray(json));
        waiting.finished(new StepFinished(step.stepId(), step.tenant(), step.requestDigest(), null, problem));
    }

    private static StepRequested step(byte[] body) {
        return new StepRequested(
                UUID.randomUUID(),
                "alice",
                "tiny",
                LayerId.parse("blocks.0.qkv"),
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                Sha256.hex(body),
                0);
    }

    private static StepRequested with(StepRequested step, LayerId layer, String digest, AnswerBits bits) {
        return new StepRequested(
                step.stepId(), step.tenant(), step.model(), layer, step.direction(), step.tokens(), bits, digest, 0);
    }

    private static BlobName name(StepRequested step, Kind kind) {
        return new BlobName(step.tenant(), step.stepId(), kind);
    }

    private static void assertProblem(ProblemCode code, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfAny(PermanentException.class, RetriableException.class)
                .extracting(e -> ((VeiloraException) e).problem().code())
                .isEqualTo(code);
    }
}
