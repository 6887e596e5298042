package io.veilora.client.transport;

import static io.veilora.client.transport.ScriptedGateway.cutInTheMiddle;
import static io.veilora.client.transport.ScriptedGateway.hangUp;
import static io.veilora.client.transport.ScriptedGateway.ok;
import static io.veilora.client.transport.ScriptedGateway.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.veilora.client.transport.ScriptedGateway.Received;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.ProtocolJson;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A provider that fails for a while: the client waits, sends the identical bytes again, and says so. */
@Timeout(30)
class ResendTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HeardEvents heard = new HeardEvents();

    private static byte[] problem(ProblemCode code) {
        try {
            return ProtocolJson.MAPPER.writeValueAsBytes(Problem.of(code).detail("busy"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Named<Reply>> failures() {
        byte[] damaged = Steps.answer();
        damaged[damaged.length - 1] ^= 1;
        byte[] tooShort = Arrays.copyOf(Steps.answer(), 100);
        return Stream.of(
                Named.of("503 without a body", status(503, "text/plain", new byte[0])),
                Named.of("503 problem", status(503, Problem.MEDIA_TYPE, problem(ProblemCode.UNAVAILABLE))),
                Named.of("429 problem", status(429, Problem.MEDIA_TYPE, problem(ProblemCode.TOO_MANY_REQUESTS))),
                Named.of("507 problem", status(507, Problem.MEDIA_TYPE, problem(ProblemCode.STORE_FULL))),
                Named.of(
                        "400 the request was damaged",
                        status(400, Problem.MEDIA_TYPE, problem(ProblemCode.DIGEST_MISMATCH))),
                Named.of("502 of a proxy", status(502, "text/html", "<html>".getBytes())),
                Named.of("no answer", hangUp()),
                Named.of("answer cut by the connection", cutInTheMiddle(Steps.answer())),
                Named.of("answer shorter than its header says", ok(tooShort)),
                Named.of("answer with a wrong digest", ok(damaged)));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void theIdenticalBytesAndStepIdAreSentAgainUntilTheAnswerIsWhole(Reply failure) {
        try (ScriptedGateway gateway = ScriptedGateway.start(failure, ok(Steps.answer()));
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, heard)) {
            assertThat(Steps.send(connection).tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(gateway.received()).hasSize(2).allSatisfy(request -> {
                assertThat(request.body()).isEqualTo(Steps.request().wire());
                assertThat(request.header("Idempotency-Key")).isEqualTo(Steps.ID.toString());
            });
            Set<String> paths = gateway.received().stream().map(Received::path).collect(Collectors.toSet());
            assertThat(paths).hasSize(1);
            assertThat(heard.reasons).hasSize(1).allMatch(Problem::retriable);
            assertThat(heard.recoveries).isNotEmpty();
        }
    }

    @Test
    void aProviderThatStartsLateIsWaitedFor() throws Exception {
        int port = ScriptedGateway.freePort();
        AtomicReference<ScriptedGateway> gateway = new AtomicReference<>();
        try (ProviderConnection connection = Steps.connection(ScriptedGateway.uri(port), PATIENCE, heard)) {
            CompletableFuture<Void> start = CompletableFuture.runAsync(
                    () -> gateway.set(ScriptedGateway.startOn(port, ok(Steps.answer()))),
                    CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS));
            assertThat(Steps.send(connection).tensor().features()).isEqualTo(7);
            start.join();
            assertThat(gateway.get().received()).hasSize(1);
            assertThat(gateway.get().received().getFirst().body())
                    .isEqualTo(Steps.request().wire());
        } finally {
            if (gateway.get() != null) {
                gateway.get().close();
            }
        }
        assertThat(heard.reasons).isNotEmpty().allSatisfy(reason -> {
            assertThat(reason.code()).isEqualTo(ProblemCode.UNAVAILABLE);
            assertThat(reason.message()).contains("no answer from http://", "veilora server");
        });
        assertThat(heard.waits).isSorted();
        assertThat(heard.recoveries).hasSize(1);
        assertThat(heard.recoveries.getFirst()).isGreaterThanOrEqualTo(heard.waits.getLast());
    }

    @Test
    void anOutageIsToldOncePerOutage() {
        Reply down = status(503, "text/plain", new byte[0]);
        try (ScriptedGateway gateway =
                        ScriptedGateway.start(down, ok(Steps.answer()), ok(Steps.answer()), down, ok(Steps.answer()));
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, heard)) {
            Steps.send(connection);
            assertThat(heard.recoveries).hasSize(1);
            Steps.send(connection);
            assertThat(heard.recoveries).hasSize(1);
            Steps.send(connection);
            assertThat(heard.recoveries).hasSize(2);
            assertThat(heard.reasons).hasSize(2);
        }
    }

    @Test
    void patienceEndsWithARetriableProblemThatNamesTheStep() throws Exception {
        int port = ScriptedGateway.freePort();
        try (ProviderConnection connection =
                Steps.connection(ScriptedGateway.uri(port), Duration.ofMillis(500), heard)) {
            RetriableException failure = catchThrowableOfType(RetriableException.class, () -> Steps.send(connection));
            assertThat(failure.problem().code()).isEqualTo(ProblemCode.UNAVAILABLE);
            assertThat(failure.problem().stepId()).isEqualTo(Steps.ID.toString());
            assertThat(failure).hasMessageContaining("no answer from").hasMessageContaining(Steps.ID.toString());
            assertThat(failure.getMessage()).doesNotContain(Steps.API_KEY);
        }
        assertThat(heard.reasons).isNotEmpty();
        assertThat(heard.recoveries).isEmpty();
    }
}
