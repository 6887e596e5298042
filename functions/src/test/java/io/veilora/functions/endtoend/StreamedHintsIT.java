package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.Outcome;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fine-tuning through the real server by a client that has no room for hints. */
class StreamedHintsIT {
    private static final int OPTIMIZER_STEPS = 3;

    @TempDir
    Path folder;

    @Test
    void aClientWithoutRoomForHintsHasTheLossesOfSimulatedTraining() throws Exception {
        Outcome simulated = SampleRun.simulated(OPTIMIZER_STEPS, folder.resolve("simulated"));
        Path cache = folder.resolve("cache");
        try (SampleProvider provider = SampleProvider.imported(folder).start();
                SampleClient client = SampleClient.connect(
                        new ProviderConnection(
                                provider.url(), provider.apiKey(), Duration.ofMinutes(1), ConnectionListener.SILENT),
                        cache,
                        OptionalLong.of(0))) {
            Outcome streamed = SampleRun.train(client.base(), OPTIMIZER_STEPS, folder.resolve("run"), event -> {});
            assertThat(SampleRun.difference(streamed, simulated))
                    .as("streamed %s", Arrays.toString(SampleRun.losses(streamed)))
                    .isLessThan(SampleRun.NOISE_BOUND);
            long hints = client.bundle().manifest().layers().stream()
                    .mapToLong(StreamedHintsIT::hintBytesUsed)
                    .sum();
            assertThat(client.bundle().streamedHintBytes()).isGreaterThanOrEqualTo(hints);
            assertThat(streamed.report().hints().keptBytes()).isZero();
            // Without what the evaluation before the first step fetched; the hints almost fit the stream's buffer.
            assertThat(streamed.report().hints().streamedBytes())
                    .isBetween(1L, client.bundle().streamedHintBytes());
        }
        try (Stream<Path> files = Files.walk(cache)) {
            assertThat(files.filter(file -> file.toString().endsWith(".hint"))).isEmpty();
        }
    }

    /** Rows alone, without the header, and without the hint that training never asks for. */
    private static long hintBytesUsed(RemoteLayer layer) {
        boolean first = layer.id().toString().equals("blocks.0.qkv");
        return layer.forwardHint().bytes()
                - 64
                + (first ? 0 : layer.backwardHint().bytes() - 64);
    }
}
