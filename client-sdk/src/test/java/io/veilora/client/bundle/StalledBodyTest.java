package io.veilora.client.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A provider, or a line, that sends the start of a body and then nothing, without hanging up. */
class StalledBodyTest {
    private static final Set<String> STALLING = Set.of("/models/open", "/client.safetensors");

    @TempDir
    Path cache;

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBodyThatStallsIsAskedForAgain() throws IOException {
        OpenModel model = OpenModel.random(OpenModel.smallConfig(), 1);
        FileServer server = FileServer.of(model);
        CountDownLatch end = new CountDownLatch(1);
        Set<String> stalled = ConcurrentHashMap.newKeySet();
        Reply stallsOnce = exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (STALLING.stream().noneMatch(path::endsWith) || !stalled.add(path)) {
                server.answer(exchange);
                return;
            }
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(model.files().get("client.safetensors"), 0, 10);
            exchange.getResponseBody().flush();
            awaitQuietly(end);
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(stallsOnce);
                ProviderConnection connection = new ProviderConnection(
                        gateway.uri(),
                        "vk",
                        Duration.ofSeconds(20),
                        Duration.ofMillis(500),
                        ConnectionListener.SILENT)) {
            ModelDownload download = new ModelDownload(connection, cache);
            ModelManifest manifest = download.manifest("open");
            download.open(manifest, (bytes, total) -> {}).close();
            assertThat(stalled).hasSize(2);
            Path tensors = ModelFolder.of(cache, manifest).clientFile(ModelManifest.CLIENT_TENSORS);
            assertThat(Files.readAllBytes(tensors)).isEqualTo(model.files().get("client.safetensors"));
        } finally {
            end.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server stops
        }
    }
}
