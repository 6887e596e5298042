package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Java program as a process of its own, with all that it says in one file. */
public final class JavaProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path log;

    private JavaProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** @param arguments of {@code java} @param environment what it has beyond ours */
    static JavaProcess start(List<String> arguments, Map<String, String> environment, Path log) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        return new JavaProcess(builder.start(), log);
    }

    /** Something that may be so by now. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    /** Waits until it holds; the process must live that long. */
    void await(Condition condition) throws Exception {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!condition.holds()) {
            assertThat(process.isAlive() && System.nanoTime() < end).as(log()).isTrue();
            Thread.sleep(50);
        }
    }

    long pid() {
        return process.pid();
    }

    /** {@code kill -SIGNAL}. */
    void signal(String signal) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(exit).as("kill -%s %d", signal, process.pid()).isZero();
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to stop, as an orchestrator does, and waits. @return how long it took */
    public Duration stop() throws InterruptedException, IOException {
        long start = System.nanoTime();
        process.destroy();
        assertThat(process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as(log())
                .isTrue();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** CPU time up to now. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** What it has said. */
    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
