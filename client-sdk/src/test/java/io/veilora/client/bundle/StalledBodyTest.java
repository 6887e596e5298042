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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A provider, or a line, that sends the start of a body and then nothing, or a byte now and then, without hanging up. */
class StalledBodyTest {
    private static final Set<String> STALLING = Set.of("/models/open", "/client.safetensors");

    @TempDir
    Path cache;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBodyThatStallsOrTricklesIsAskedForAgain(boolean trickles) throws IOException {
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
            byte[] file = model.files().get("client.safetensors");
            exchange.getResponseBody().write(file, 0, 10);
            exchange.getResponseBody().flush();
            for (int i = 10; !ended(end, trickles); i++) {
                exchange.getResponseBody().write(file[i]);
                exchange.getResponseBody().flush();
            }
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

    /** Whether the test is over; a stalling body waits for that, a trickling one only a moment. */
    private static boolean ended(CountDownLatch end, boolean trickles) {
        try {
            return end.await(trickles ? 50 : 60_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server stops
            return true;
        }
    }
}
