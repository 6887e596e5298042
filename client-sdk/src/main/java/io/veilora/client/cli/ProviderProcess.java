package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.files.PrivateFiles;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A provider in a process of its own, started through the launcher; stopped with this object or with this JVM. */
final class ProviderProcess implements AutoCloseable {
    private static final String BLOBS = "blobs";
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final long POLL_MILLIS = 50;
    private static final long STOP_SECONDS = 15;

    private final Process process;
    private final Thread stopWithUs = new Thread(this::stop);
    private final URI url;
    private final Path blobs;

    private ProviderProcess(Process process, URI url, Path blobs) {
        this.process = process;
        this.url = url;
        this.blobs = blobs;
        Runtime.getRuntime().addShutdownHook(stopWithUs);
    }

    /** Runs a command to its end, its output shown. */
    static void run(Path launcher, List<String> arguments) throws IOException {
        run(launcher, arguments, "");
    }

    /** @param javaOptions of the command's JVM, beside those that every command has */
    static void run(Path launcher, List<String> arguments, String javaOptions) throws IOException {
        ProcessBuilder builder = command(launcher, arguments).inheritIO();
        builder.environment().merge("VEILORA_JAVA_OPTS", javaOptions, (known, more) -> known + " " + more);
        Process process = builder.start();
        try {
            if (process.waitFor() != 0) {
                throw failed("veilora " + arguments.getFirst() + " ended with exit code " + process.exitValue(), null);
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw failed("interrupted", null);
        }
    }

    /**
     * Starts {@code server} on a free port and waits until it answers.
     *
     * @param log its output
     */
    static ProviderProcess start(Path launcher, Path data, Path log) throws IOException {
        Path ready = data.resolve("server.json");
        Files.deleteIfExists(ready);
        Process process = command(launcher, List.of("server", "--port", "0", "--data", data.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!Files.exists(ready)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroy();
                throw failed("the server did not become ready within " + START_LIMIT.toSeconds() + " s", log);
            }
            pause();
        }
        JsonNode server = ProtocolJson.MAPPER.readTree(ready.toFile());
        return new ProviderProcess(process, URI.create(server.path("url").asText()), data.resolve(BLOBS));
    }

    private static ProcessBuilder command(Path launcher, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("VEILORA_NO_BUILD", "1");
        return builder;
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static PermanentException failed(String what, Path log) {
        Problem problem = Problem.of(ProblemCode.UNAVAILABLE).detail("the provider: %s", what);
        return new PermanentException(log == null ? problem : problem.remedy("read %s", log));
    }

    URI url() {
        return url;
    }

    long pid() {
        return process.pid();
    }

    private void stop() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it; nobody will ask for its answers again, which are gigabytes after a demo. */
    @Override
    public void close() throws IOException {
        stop();
        PrivateFiles.deleteFolder(blobs);
        Runtime.getRuntime().removeShutdownHook(stopWithUs);
    }
}
