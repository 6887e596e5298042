package io.veilora.client.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.protocol.problem.RetriableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProviderConnectionTest {
    @Test
    void closingGivesUpAStepThatTheProviderSitsOnAndDoesNotRepeatIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        ScriptedGateway.Reply never = exchange -> {
            asked.countDown();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(never)) {
            ProviderConnection connection =
                    Steps.connection(gateway.uri(), Duration.ofMinutes(5), ConnectionListener.SILENT);
            CompletableFuture<StepAnswer> answer = new HttpStepTransport(connection, "tiny").send(Steps.request());
            asked.await();
            connection.close();
            assertThat(catchThrowable(() -> ProviderConnection.await(answer))).isInstanceOf(RetriableException.class);
            closed.countDown();
            assertThat(gateway.received()).hasSize(1);
        }
    }
}
