package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.Outcome;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that is not there at the start, and one that is killed in the middle: the client waits and goes on. */
class ProviderAwayIT {
    private static final int OPTIMIZER_STEPS = 5;
    private static final int KILLED_AFTER = 2;

    @TempDir
    Path folder;

    private final Listener listener = new Listener();
    private final CountDownLatch middle = new CountDownLatch(1);

    private record Trained(Outcome outcome, List<UUID> stepIds) {}

    @Test
    void trainingFinishesByItselfThoughTheProviderComesLateAndIsKilledInTheMiddle() throws Exception {
        Outcome undisturbed = SampleRun.simulated(OPTIMIZER_STEPS, folder.resolve("simulated"));
        try (SampleProvider provider = SampleProvider.imported(folder)) {
            CompletableFuture<Trained> training = CompletableFuture.supplyAsync(() -> train(provider));
            assertThat(listener.waiting.await(60, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(2000); // nobody listens on the port
            assertThat(training).isNotDone();
            assertThat(listener.recovered).hasValue(0);
            provider.start();

            assertThat(middle.await(120, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(100); // into the next optimizer step
            int recoveredBefore = listener.recovered.get();
            provider.kill();
            Thread.sleep(3000);
            assertThat(training).isNotDone();
            provider.start();

            Trained trained = training.get(180, TimeUnit.SECONDS);
            provider.stop();
            assertThat(SampleRun.difference(trained.outcome, undisturbed)).isLessThan(SampleRun.NOISE_BOUND);
            assertThat(listener.recovered).hasValueGreaterThan(recoveredBefore);
            assertThat(recoveredBefore).isPositive();
            assertThat(listener.reasons).containsOnly(ProblemCode.UNAVAILABLE);
            assertThat(provider.chargedSteps())
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(trained.stepIds);
        }
    }

    private Trained train(SampleProvider provider) {
        try (SampleClient client =
                SampleClient.connect(provider.url(), provider.apiKey(), folder.resolve("cache"), listener)) {
            Outcome outcome =
                    SampleRun.train(client.base(), OPTIMIZER_STEPS, folder.resolve("encrypted"), this::tellMiddle);
            return new Trained(outcome, client.transport().stepIds());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void tellMiddle(TrainingEvent event) {
        if (event instanceof TrainingEvent.StepFinished step && step.step() == KILLED_AFTER) {
            middle.countDown();
        }
    }

    private static final class Listener implements ConnectionListener {
        private final CountDownLatch waiting = new CountDownLatch(1);
        private final AtomicInteger recovered = new AtomicInteger();
        private final Queue<ProblemCode> reasons = new ConcurrentLinkedQueue<>();

        @Override
        public void waiting(Problem reason, Duration waited, Duration patience) {
            reasons.add(reason.code());
            waiting.countDown();
        }

        @Override
        public void recovered(Duration waited) {
            recovered.incrementAndGet();
        }
    }
}
