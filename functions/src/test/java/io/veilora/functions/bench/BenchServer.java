package io.veilora.functions.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The packaged server as a process of its own, started as the launcher starts it. */
final class BenchServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private final Process process;
    private final Path data;
    private final long startNanos;

    private BenchServer(Process process, Path data, long startNanos) {
        this.process = process;
        this.data = data;
        this.startNanos = startNanos;
    }

    /** Starts the process; nothing answers yet. @param jvm further JVM options @param options of the command */
    static BenchServer launch(Path data, List<String> jvm, List<String> options) throws IOException {
        Files.deleteIfExists(data.resolve("server.json"));
        Files.deleteIfExists(data.resolve("server.lock"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.addAll(jvm);
        command.addAll(List.of("-jar", System.getProperty("veilora.server.jar"), "server", "--data", data.toString()));
        command.addAll(options);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(data.resolve("server.log").toFile())
                .start();
        return new BenchServer(process, data, start);
    }

    /** A server that says it is ready. */
    static BenchServer start(Path data, List<String> jvm) throws IOException, InterruptedException {
        BenchServer server = launch(data, jvm, List.of("--port", "0"));
        server.await(() -> Files.exists(data.resolve("server.json")));
        return server;
    }

    /** Something that may be so by now. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Looks every millisecond. @return seconds from the start of the process until it holds */
    double await(Condition condition) throws IOException, InterruptedException {
        while (!condition.holds()) {
            if (!process.isAlive() || System.nanoTime() - startNanos > START_LIMIT.toNanos()) {
                throw new IllegalStateException("the server did not start: " + data.resolve("server.log"));
            }
            Thread.sleep(1);
        }
        return seconds();
    }

    /** Since the start of the process. */
    double seconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    URI url() throws IOException {
        JsonNode server =
                ProtocolJson.MAPPER.readTree(data.resolve("server.json").toFile());
        return URI.create(server.get("url").asText());
    }

    String apiKey() throws IOException {
        return Files.readString(ApiKeyFile.path(data)).strip();
    }

    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
