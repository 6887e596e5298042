package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.Outcome;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.StepTransport.StepRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Training through a cluster of real processes on one machine, to which everything happens that happens to clusters. */
@Tag("cluster")
class ClusterIT {
    private static final int OPTIMIZER_STEPS = 7;
    private static final String GROUP = "veilora-step-function";

    /** What Kubernetes gives a process by default between asking it to stop and killing it. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final Duration STORE_AWAY = Duration.ofSeconds(20);

    /** What a function says when a request of an answered step cannot be deleted, for the store went away in between. */
    private static final Pattern KEPT = Pattern.compile("step (\\S+): its REQUEST stays until it expires");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final Semaphore optimizerSteps = new Semaphore(0);

    private record Trained(Outcome outcome, List<StepRequest> sent) {}

    @Test
    void trainingThroughAClusterThatLosesAndGainsPartsHasTheLossesOfAnUndisturbedOneAndEveryStepIsChargedOnce()
            throws Exception {
        Outcome undisturbed = SampleRun.simulated(OPTIMIZER_STEPS, folder.resolve("simulated"));
        try (Cluster cluster = Cluster.withObjectStore(folder)) {
            ClusterProcess gateway = cluster.gateway("gateway");
            ClusterProcess otherGateway = cluster.gateway("other-gateway");
            ClusterProcess killed = cluster.function("killed");
            ClusterProcess drained = cluster.function("drained");
            for (ClusterProcess each : List.of(gateway, otherGateway, killed, drained)) {
                each.awaitReady();
            }
            rolesServeWhatIsTheirs(gateway, drained);

            CompletableFuture<Trained> training = CompletableFuture.supplyAsync(() -> train(cluster, gateway));
            await(1, training);
            killed.killInMidBatch(cluster.store());
            await(1, training);
            restart(cluster.kafka());
            await(1, training);
            stopFor(STORE_AWAY, cluster.store());
            await(1, training);
            cluster.function("added").awaitReady();
            await(1, training);
            drain(drained, cluster.kafka());
            assertThat(training).as("all of it happened in the middle").isNotDone();

            Trained trained = training.get(120, TimeUnit.SECONDS);
            assertThat(SampleRun.difference(trained.outcome, undisturbed)).isLessThan(SampleRun.NOISE_BOUND);
            List<UUID> steps = trained.sent.stream().map(StepRequest::stepId).toList();
            anyGatewayKnowsTheAnswer(cluster, otherGateway, trained.sent.getLast());
            assertThat(cluster.chargedSteps()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(steps);
            onlyClaimsAndAnswersAreLeft(cluster, steps);
        }
    }

    private void rolesServeWhatIsTheirs(ClusterProcess gateway, ClusterProcess function) throws Exception {
        assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(401);
        assertThat(gateway.get("/health/live").body()).contains("\"engine\": \"none\"");
        assertThat(function.get("/v1/models").statusCode()).isEqualTo(404);
        assertThat(function.get("/openapi").statusCode()).isEqualTo(404);
        assertThat(function.get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(function.get("/metrics").body().lines()).contains("veilora_steps_in_hand 0.0");
    }

    private Trained train(Cluster cluster, ClusterProcess gateway) {
        try (SampleClient client = SampleClient.connect(
                gateway.url(), cluster.apiKey(), folder.resolve("cache"), ConnectionListener.SILENT)) {
            Outcome outcome = SampleRun.train(client.base(), OPTIMIZER_STEPS, folder.resolve("encrypted"), event -> {
                if (event instanceof TrainingEvent.StepFinished) {
                    optimizerSteps.release();
                }
            });
            return new Trained(outcome, client.transport().sent());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for so many more optimizer steps. */
    private void await(int more, CompletableFuture<?> training) throws Exception {
        while (!optimizerSteps.tryAcquire(more, 100, TimeUnit.MILLISECONDS)) {
            if (training.isDone()) {
                training.get(); // says why
            }
        }
    }

    private static void restart(KafkaProcess kafka) throws Exception {
        kafka.stop();
        Thread.sleep(2000);
        kafka.launch().awaitReady();
    }

    private static void stopFor(Duration time, StoreProcess store) throws Exception {
        store.stop();
        Thread.sleep(time);
        store.launch();
        store.awaitReady();
    }

    private static void drain(ClusterProcess function, KafkaProcess kafka) throws Exception {
        assertThat(members(kafka)).isEqualTo(2);
        assertThat(function.process().stop()).isLessThan(GRACE);
        assertThat(members(kafka)).as("it left the group, nobody waits for it").isOne();
        assertThat(function.process().log()).doesNotContain("ERROR", "instanceId");
    }

    private static int members(KafkaProcess kafka) throws Exception {
        try (Admin admin = kafka.admin()) {
            return admin.describeConsumerGroups(List.of(GROUP))
                    .all()
                    .get()
                    .get(GROUP)
                    .members()
                    .size();
        }
    }

    private void anyGatewayKnowsTheAnswer(Cluster cluster, ClusterProcess gateway, StepRequest step) throws Exception {
        try (SampleClient client = SampleClient.connect(
                gateway.url(), cluster.apiKey(), folder.resolve("cache"), ConnectionListener.SILENT)) {
            assertThat(client.transport()
                            .send(step)
                            .get(60, TimeUnit.SECONDS)
                            .timing()
                            .gemm())
                    .as("it was there already")
                    .isZero();
        }
    }

    /** What a client may ask for again until it expires, and then nothing. */
    private static void onlyClaimsAndAnswersAreLeft(Cluster cluster, List<UUID> steps) throws IOException {
        List<String> expected = new ArrayList<>();
        for (UUID step : steps) {
            expected.add("claims/local/" + step);
            expected.add("blobs/local/" + step + ".answer");
        }
        KEPT.matcher(cluster.logs())
                .results()
                .forEach(kept -> expected.add("blobs/local/" + kept.group(1) + ".request"));
        assertThat(cluster.store().stepObjects()).containsExactlyInAnyOrderElementsOf(expected);
        cluster.store().expire();
        assertThat(cluster.store().stepObjects()).isEmpty();
    }
}
