package io.veilora.client.transport;

import static io.veilora.client.transport.ScriptedGateway.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.ProtocolJson;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A provider that says when to come again is not asked before. */
@Timeout(30)
class RetryAfterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HeardEvents heard = new HeardEvents();

    private static Reply refused(Problem problem, String retryAfter) {
        return exchange -> {
            byte[] body = ProtocolJson.MAPPER.writeValueAsBytes(problem);
            exchange.getResponseHeaders().set("Content-Type", Problem.MEDIA_TYPE);
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.sendResponseHeaders(problem.status(), body.length);
            exchange.getResponseBody().write(body);
        };
    }

    @Test
    void theClientWaitsAsLongAsItIsTold() {
        Problem limited = Problem.of(ProblemCode.RATE_LIMITED);
        try (ScriptedGateway gateway = ScriptedGateway.start(refused(limited, "2"), ok(Steps.answer()));
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, heard)) {
            long start = System.nanoTime();
            Steps.send(connection);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
            assertThat(gateway.received()).hasSize(2);
        }
    }

    @Test
    void aWaitBeyondAllPatienceFailsAtOnceAndSaysSo() {
        Problem tomorrow = Problem.of(ProblemCode.RATE_LIMITED)
                .detail("bytes: this day's are used")
                .retryAfter(40_000);
        try (ScriptedGateway gateway = ScriptedGateway.start(refused(tomorrow, null));
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, heard)) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> Steps.send(connection))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("this day's are used");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            assertThat(gateway.received()).hasSize(1);
        }
    }

    @Test
    void aSpentBudgetEndsTheRunAtOnce() {
        Problem spent =
                Problem.of(ProblemCode.SPENT).detail("spent 10 of 10 EUR").retryAfter(5);
        try (ScriptedGateway gateway = ScriptedGateway.start(refused(spent, "5"));
                ProviderConnection connection = Steps.connection(gateway.uri(), PATIENCE, heard)) {
            assertThatThrownBy(() -> Steps.send(connection))
                    .isInstanceOf(PermanentException.class)
                    .hasMessageContaining("budget is spent")
                    .hasMessageContaining("spent 10 of 10 EUR");
            assertThat(gateway.received()).hasSize(1);
        }
    }
}
