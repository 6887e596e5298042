package io.veilora.client.transport;

import static io.veilora.client.Problems.assertProblem;
import static io.veilora.client.transport.ScriptedGateway.hangUp;
import static io.veilora.client.transport.ScriptedGateway.ok;
import static io.veilora.client.transport.ScriptedGateway.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.transport.ScriptedGateway.Received;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HttpStepTransportTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static StepAnswer send(ScriptedGateway gateway) {
        try (ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, ConnectionListener.SILENT)) {
            return Steps.send(connection);
        }
    }

    private static Reply accepted(String location) {
        return exchange -> {
            if (location != null) {
                exchange.getResponseHeaders().set("Location", location);
            }
            exchange.sendResponseHeaders(202, -1);
        };
    }

    private static Reply problem(Problem problem) throws Exception {
        return status(problem.status(), Problem.MEDIA_TYPE, ProtocolJson.MAPPER.writeValueAsBytes(problem));
    }

    @Test
    void aStepIsOnePostWithItsKeysAndComesBackWithItsTiming() {
        StepTiming timing = new StepTiming(1000, 2000, 3000, 9000);
        Reply reply = exchange -> {
            exchange.getResponseHeaders().set(StepApi.SERVER_TIMING, timing.toHeader());
            ok(Steps.answer()).answer(exchange);
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(reply)) {
            StepAnswer answer = send(gateway);
            assertThat(answer.tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(answer.wireBytes()).isEqualTo(Steps.answer().length);
            assertThat(answer.timing()).isEqualTo(timing);
            assertThat(answer.roundTripNanos()).isPositive();
            Received request = gateway.received().getFirst();
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/v1/models/tiny/layers/blocks.3.gate_up/backward");
            assertThat(request.header("Idempotency-Key")).isEqualTo(Steps.ID.toString());
            assertThat(request.header("Veilora-Answer-Bits")).isEqualTo("16");
            assertThat(request.header("Content-Type")).isEqualTo(EncryptedTensor.MEDIA_TYPE);
            assertThat(request.header("Authorization")).isEqualTo("Bearer " + Steps.API_KEY);
            assertThat(request.body()).isEqualTo(Steps.request().wire());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProblemCode.class,
            names = {"UNAUTHORIZED", "UNKNOWN_MODEL", "UNKNOWN_LAYER", "WRONG_SHAPE", "STEP_CONFLICT", "TOO_LARGE"})
    void aProblemThatCannotHealIsThrownAtOnceAndNamesTheStep(ProblemCode code) throws Exception {
        Reply reply = problem(Problem.of(code).detail("got 1, expected 2").remedy("do this"));
        try (ScriptedGateway gateway = ScriptedGateway.start(reply)) {
            assertProblem(code, () -> send(gateway))
                    .contains("got 1, expected 2", "do this", Steps.ID.toString())
                    .doesNotContain(Steps.API_KEY);
            assertThat(gateway.received()).hasSize(1);
        }
    }

    @Test
    void whatAProxyAnswersIsNotRepeatedInTheMessage() {
        byte[] page = "<html>internal host db-7</html>".getBytes(StandardCharsets.UTF_8);
        try (ScriptedGateway gateway = ScriptedGateway.start(status(404, "text/html", page))) {
            assertProblem(ProblemCode.INVALID_REQUEST, () -> send(gateway))
                    .contains("HTTP status 404", page.length + " bytes", "Veilora gateway", Steps.ID.toString())
                    .doesNotContain("db-7");
            assertThat(gateway.received()).hasSize(1);
        }
    }

    @Test
    void anAcceptedStepIsFollowedToItsAnswer() {
        String location = StepApi.pollPath(Steps.ID);
        try (ScriptedGateway gateway =
                ScriptedGateway.start(accepted(location), accepted(location), ok(Steps.answer()))) {
            assertThat(send(gateway).tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(gateway.received().stream().map(Received::method)).containsExactly("POST", "GET", "GET");
            Received poll = gateway.received().get(1);
            assertThat(poll.path()).isEqualTo(location);
            assertThat(poll.header("Authorization")).isEqualTo("Bearer " + Steps.API_KEY);
        }
    }

    @Test
    void aFollowedStepStaysWithThisProvider() {
        try (ScriptedGateway gateway =
                ScriptedGateway.start(accepted("http://elsewhere.invalid/v1/steps/x"), ok(Steps.answer()))) {
            assertThat(send(gateway).tensor().features()).isEqualTo(7);
            assertThat(gateway.received().get(1).path()).isEqualTo("/v1/steps/x");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProblemCode.class,
            names = {"UNAVAILABLE", "STEP_FAILED", "UNKNOWN_STEP"})
    void aStepWhosePollFailsIsSentAgainWithTheSameIdAndBytes(ProblemCode code) throws Exception {
        Reply down = problem(Problem.of(code));
        try (ScriptedGateway gateway =
                ScriptedGateway.start(accepted(StepApi.pollPath(Steps.ID)), down, ok(Steps.answer()))) {
            send(gateway);
            assertThat(gateway.received().stream().map(Received::method)).containsExactly("POST", "GET", "POST");
            assertThat(gateway.received().get(2).body())
                    .isEqualTo(Steps.request().wire());
            assertThat(gateway.received().get(2).header("Idempotency-Key")).isEqualTo(Steps.ID.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "http://[", "mailto:someone", "//elsewhere.invalid", "relative"})
    void acceptedWithoutAUsableLocationIsNoAnswer(String location) {
        Reply reply = accepted(location.equals("NONE") ? null : location);
        try (ScriptedGateway gateway = ScriptedGateway.start(reply)) {
            assertProblem(ProblemCode.INVALID_ANSWER, () -> send(gateway)).contains("202", Steps.ID.toString());
            assertThat(gateway.received()).hasSize(1);
        }
    }

    @Test
    void anAnswerThatIsNoTensorIsRefused() {
        try (ScriptedGateway gateway = ScriptedGateway.start(ok(new byte[500]))) {
            assertProblem(ProblemCode.MALFORMED_TENSOR, () -> send(gateway)).contains("magic", Steps.ID.toString());
        }
    }

    @Test
    void twoStepsAreInFlightAtOnce() {
        CyclicBarrier both = new CyclicBarrier(2);
        Reply whenBothAreHere = exchange -> {
            try {
                both.await(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                hangUp().answer(exchange);
                return;
            }
            ok(Steps.answer()).answer(exchange);
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(whenBothAreHere);
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, ConnectionListener.SILENT)) {
            HttpStepTransport transport = new HttpStepTransport(connection, "tiny");
            CompletableFuture<StepAnswer> first = transport.send(Steps.request());
            CompletableFuture<StepAnswer> second = transport.send(Steps.request());
            assertThat(ProviderConnection.await(first).tensor().features()).isEqualTo(7);
            assertThat(ProviderConnection.await(second).tensor().features()).isEqualTo(7);
            assertThat(gateway.received()).hasSize(2);
        }
    }
}
