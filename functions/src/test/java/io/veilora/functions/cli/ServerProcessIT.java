package io.veilora.functions.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.functions.TinyModel;
import io.veilora.functions.Words;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.runtime.ScalarGemm;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server as a process: ready file, key file, kill −9, restart, stop. */
class ServerProcessIT {
    private static final LayerId LAYER = LayerId.parse("blocks.0.gate_up");
    private static final int STEPS = 24;

    @TempDir
    Path temporary;

    private final HttpClient http = HttpClient.newHttpClient();
    private Path data;
    private RemoteLayer layer;
    private Process server;

    @BeforeEach
    void importModel() throws IOException {
        data = temporary.resolve("data");
        Path source = TinyModel.write(temporary.resolve("source"), 1);
        layer = new ModelImporter(new FileModelStore(data.resolve("models")), new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), ImportProgress.SILENT)
                .manifest()
                .layer(LAYER);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    @Test
    void stepsInFlightSurviveAKillAndAreChargedOnce() throws Exception {
        List<UUID> steps = new ArrayList<>();
        String url = start();
        List<CompletableFuture<?>> lost = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            steps.add(UUID.randomUUID());
            lost.add(http.sendAsync(step(url, steps.get(i), i), HttpResponse.BodyHandlers.discarding()));
        }
        CompletableFuture.anyOf(lost.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
        server.destroyForcibly().waitFor();
        assertThat(data.resolve("server.json"))
                .as("a killed server cannot tidy up")
                .exists();

        Files.delete(data.resolve("server.json"));
        url = start();
        for (int i = 0; i < STEPS; i++) {
            HttpResponse<byte[]> answer =
                    http.send(step(url, steps.get(i), i), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(expected(i));
        }
        server.destroy();
        assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(data.resolve("server.json")).doesNotExist();
        assertThat(ledgerRows()).isEqualTo(STEPS);
    }

    @Test
    void aSecondServerOnTheSameFolderIsRefusedWithARemedy() throws Exception {
        start();
        Path log = temporary.resolve("second.log");
        Process second = launch(log);
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isOne();
        assertThat(log)
                .content()
                .contains("another server is using it", "remedy:")
                .doesNotContain("\tat ");
    }

    @Test
    void anAotCacheThatIsNoneOnlyMakesTheStartSlower() throws Exception {
        Path cache = Files.write(temporary.resolve("cache"), new byte[10_000]);
        start("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off");
        assertThat(temporary.resolve("server.log")).content().doesNotContainIgnoringCase("aot");
    }

    @Test
    void aRehearsalLeavesACacheThatAServerStartsWith() throws Exception {
        Path cache = temporary.resolve("cache");
        Path log = temporary.resolve("rehearsal.log");
        Process rehearsal = java(
                log,
                List.of("-XX:AOTCacheOutput=" + cache),
                List.of("rehearse", "--data", temporary.resolve("rehearsal").toString()));
        assertThat(rehearsal.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(rehearsal.exitValue()).as(Files.readString(log)).isZero();
        String url = start("-XX:AOTMode=on", "-XX:AOTCache=" + cache); // on: with another cache it would not start
        HttpResponse<byte[]> answer =
                http.send(step(url, UUID.randomUUID(), 1), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.body()).isEqualTo(expected(1));
    }

    /** @return the URL, once the server says that it is ready */
    private String start(String... jvm) throws Exception {
        Path log = temporary.resolve("server.log");
        server = launch(log, jvm);
        Path ready = data.resolve("server.json");
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!Files.exists(ready)) {
            assertThat(server.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(log))
                    .isTrue();
            Thread.sleep(50);
        }
        JsonNode json = ProtocolJson.MAPPER.readTree(ready.toFile());
        assertThat(json.get("pid").asLong()).isEqualTo(server.pid());
        assertThat(json.get("kafkaBootstrap").asText()).matches("127\\.0\\.0\\.1:[0-9]+");
        return json.get("url").asText();
    }

    private Process launch(Path log, String... jvm) throws IOException {
        return java(log, List.of(jvm), List.of("server", "--port", "0", "--data", data.toString()));
    }

    private static Process java(Path log, List<String> jvm, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.addAll(jvm);
        command.addAll(List.of("-jar", new File("target/quarkus-app/quarkus-run.jar").getAbsolutePath()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private HttpRequest step(String url, UUID stepId, int seed) throws IOException {
        String apiKey = Files.readString(ApiKeyFile.path(data)).strip();
        return HttpRequest.newBuilder(URI.create(url + StepApi.stepPath("tiny", LAYER, Direction.FORWARD)))
                .header("Authorization", "Bearer " + apiKey)
                .header("Content-Type", EncryptedTensor.MEDIA_TYPE)
                .header(StepApi.IDEMPOTENCY_KEY, stepId.toString())
                .timeout(Duration.ofSeconds(60))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body(seed)))
                .build();
    }

    private byte[] body(int seed) {
        return Words.request(seed, 1024, layer.inputFeatures());
    }

    private byte[] expected(int seed) throws IOException {
        return Words.answer(body(seed), layer, Direction.FORWARD, AnswerBits.BITS_16, data.resolve("models/tiny"));
    }

    private long ledgerRows() throws Exception {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:file:" + data.resolve("ledger") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE");
        h2.setUser("veilora");
        return new TestLedger(h2).rows();
    }
}
