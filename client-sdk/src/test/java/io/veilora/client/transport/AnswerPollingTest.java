package io.veilora.client.transport;

import static io.veilora.client.transport.ScriptedGateway.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepApi;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A provider that accepts a step and answers it later, or never. */
@Timeout(30)
class AnswerPollingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<Long> askedNanos = new CopyOnWriteArrayList<>();

    private Reply noted(Reply reply) {
        return exchange -> {
            askedNanos.add(System.nanoTime());
            reply.answer(exchange);
        };
    }

    private Reply accepted(String retryAfter) {
        return noted(exchange -> {
            exchange.getResponseHeaders().set("Location", StepApi.pollPath(Steps.ID));
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.sendResponseHeaders(202, -1);
        });
    }

    private void send(Duration patience, Reply... script) {
        try (ScriptedGateway gateway = ScriptedGateway.start(script);
                ProviderConnection connection = Steps.connection(gateway.uri(), patience, ConnectionListener.SILENT)) {
            Steps.send(connection);
        }
    }

    private List<Long> pausesMillis() {
        return IntStream.range(1, askedNanos.size())
                .mapToObj(i -> (askedNanos.get(i) - askedNanos.get(i - 1)) / 1_000_000)
                .toList();
    }

    @Test
    void aPollComesAsLateAsTheServerAsksFor() {
        send(PATIENCE, accepted("1"), noted(ok(Steps.answer())));
        assertThat(pausesMillis()).hasSize(1).allMatch(millis -> millis >= 1000);
    }

    @Test
    void aServerThatAsksForNoPauseIsNotPolledWithoutOne() {
        send(PATIENCE, accepted("0"), accepted("0"), noted(ok(Steps.answer())));
        assertThat(pausesMillis()).hasSize(2).allMatch(millis -> millis >= 100);
    }

    @Test
    void withoutAWishOfTheServerPausesGrow() {
        Reply accepted = accepted(null);
        send(PATIENCE, accepted, accepted, accepted("soon"), noted(ok(Steps.answer())));
        List<Long> pauses = pausesMillis();
        assertThat(pauses).hasSize(3);
        assertThat(pauses.get(0)).isGreaterThanOrEqualTo(100);
        assertThat(pauses.get(1)).isGreaterThanOrEqualTo(200);
        assertThat(pauses.get(2)).isGreaterThanOrEqualTo(400);
    }

    @Test
    void patienceEndsWithAProviderThatAcceptsForEver() {
        RetriableException failure =
                catchThrowableOfType(RetriableException.class, () -> send(Duration.ofMillis(1500), accepted(null)));
        assertThat(failure.problem().code()).isEqualTo(ProblemCode.UNAVAILABLE);
        assertThat(failure.problem().stepId()).isEqualTo(Steps.ID.toString());
        assertThat(failure).hasMessageContaining("accepted the step and has not answered it");
        assertThat(askedNanos).hasSizeBetween(4, 10);
    }

    @Test
    void patienceEndsBeforeThePauseOfAnHourThatTheServerAsksFor() {
        RetriableException failure =
                catchThrowableOfType(RetriableException.class, () -> send(Duration.ofMillis(500), accepted("3600")));
        assertThat(failure.problem().code()).isEqualTo(ProblemCode.UNAVAILABLE);
        assertThat(askedNanos).hasSizeLessThanOrEqualTo(4);
    }
}
