package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.RunConfig;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code veilora train} as a process of its own, with real signals. */
@Timeout(120)
class TrainCommandTest {
    private static final Path SAMPLE = Path.of("../src/sample").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    private Process process;

    @AfterEach
    void stop() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private Path output() {
        return folder.resolve("output");
    }

    private String said() {
        try {
            return Files.exists(output()) ? Files.readString(output()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> training(Path run, String... options) {
        List<String> arguments = new ArrayList<>(List.of("train", "--mode", "clear", "--model-folder"));
        arguments.addAll(List.of(SAMPLE.resolve("model").toString(), "--data"));
        arguments.addAll(List.of(SAMPLE.resolve("data/train.jsonl").toString(), "--run", run.toString()));
        arguments.addAll(List.of("--rank", "2", "--warm-up", "0", "--tokens-per-batch", "256"));
        arguments.addAll(List.of(options));
        return arguments;
    }

    private void start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Veilora.class.getName()));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start();
    }

    /** Runs in this process. */
    private Ended run(List<String> arguments) {
        StringWriter said = new StringWriter();
        int exitCode = Veilora.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(arguments.toArray(String[]::new));
        return new Ended(exitCode, said.toString());
    }

    private record Ended(int exitCode, String said) {}

    private void await(BooleanSupplier condition) throws Exception {
        while (!condition.getAsBoolean()) {
            assertThat(process.isAlive()).as("the process: %s", said()).isTrue();
            Thread.sleep(20);
        }
    }

    private static long steps(Path run) {
        try {
            Path metrics = run.resolve("metrics.jsonl");
            return Files.exists(metrics)
                    ? Files.readString(metrics)
                            .lines()
                            .filter(l -> l.contains("\"event\":\"step\""))
                            .count()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void interrupt() throws Exception {
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private int exitCode() throws Exception {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void theFirstCtrlCSavesTheRunAndPrintsTheCommandThatGoesOnWithIt() throws Exception {
        Path run = folder.resolve("a run");
        start(training(run, "--steps", "100000", "--checkpoint-every", "0"));
        await(() -> steps(run) >= 2);
        interrupt();
        assertThat(exitCode()).as(said()).isEqualTo(130);
        long done = steps(run);
        assertThat(run.resolve("checkpoints/step-%08d".formatted(done))).isDirectory();
        assertThat(run.resolve("report.html")).exists();
        assertThat(said())
                .contains("finishing this optimizer step", "train --resume '" + run + "'")
                .doesNotContain("Exception");

        Ended resumed = run(List.of("train", "--resume", run.toString(), "--steps", Long.toString(done + 2)));
        assertThat(resumed.exitCode()).as(resumed.said()).isZero();
        assertThat(resumed.said()).contains("report: " + run.resolve("report.html"));
        assertThat(steps(run)).isEqualTo(done + 2);
        assertThat(run.resolve("adapter/adapter_model.safetensors")).exists();
    }

    @Test
    void theSecondCtrlCStopsAtOnce() throws Exception {
        Path run = folder.resolve("run");
        start(training(run, "--steps", "2", "--accumulate", "9999")); // a step of many seconds
        await(() -> Files.exists(run.resolve("metrics.jsonl")));
        interrupt();
        await(() -> said().contains("finishing this optimizer step"));
        interrupt();
        assertThat(exitCode()).as(said()).isEqualTo(130);
        assertThat(said()).contains("stopped at once", "train --resume " + run).doesNotContain("interrupted and saved");
        assertThat(steps(run)).isZero();
    }

    @Test
    void withResumeNothingThatTheFolderSaysMayBeGiven() throws Exception {
        Path run = folder.resolve("run");
        assertThat(run(training(run, "--steps", "1")).exitCode()).isZero();
        Ended ended = run(List.of("train", "--resume", run.toString(), "--rank", "4"));
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.said())
                .contains("--rank: got one with --resume, but it comes from " + run.resolve("config.json"));
    }

    @Test
    void theDryRunSaysHowMuchMailIsLeftOut() {
        CommandRun run = CommandRun.of(
                "train",
                "--dry-run",
                "--warm-up=0",
                "--mail-from=sam@example.net",
                "--model-folder=" + SAMPLE.resolve("model"),
                "--data=" + SAMPLE.resolve("recipes/mail/archive.mbox"));
        assertThat(run.out()).as(run.err()).containsPattern("records +3\n +mail left out +3 without a reply");
    }

    @Test
    void theDryRunSaysHowMuchMemoryTheClientNeeds() {
        CommandRun run = CommandRun.of(
                "train",
                "--dry-run",
                "--model-folder=" + SAMPLE.resolve("model"),
                "--data=" + SAMPLE.resolve("data/train.jsonl"));
        assertThat(run.out())
                .as(run.err())
                .containsPattern("heap +[0-9.]+ MB for a micro-batch and the adapter, [0-9.]+ MB to be fast, .* given");
    }

    @Test
    void withoutResumeDataAndARunFolderAreNeeded() {
        Ended ended = run(List.of("train", "--mode", "clear", "--model-folder", SAMPLE.toString(), "--run", "x"));
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.said()).contains("--data: got nothing, expected a path (or --resume RUN)");
    }

    @Test
    void anEpochOfFewerStepsThanTheUsualWarmUpNeedsNoOtherWarmUpAndGoesOnForMore() throws Exception {
        Path few = folder.resolve("few.jsonl");
        Files.write(few, Files.readAllLines(SAMPLE.resolve("data/train.jsonl")).subList(0, 6));
        Path run = folder.resolve("run");
        List<String> arguments = new ArrayList<>(List.of("train", "--mode", "clear", "--model-folder"));
        arguments.addAll(List.of(SAMPLE.resolve("model").toString(), "--data", few.toString()));
        arguments.addAll(List.of("--run", run.toString(), "--rank", "2", "--epochs", "1"));
        Ended first = run(arguments);
        assertThat(first.exitCode()).as(first.said()).isZero();
        long steps = steps(run);
        Ended second = run(List.of("train", "--resume", run.toString(), "--epochs", "2"));
        assertThat(second.exitCode()).as(second.said()).isZero();
        assertThat(steps(run)).isEqualTo(2 * steps);
    }

    @Test
    void optionsThatContradictTheAdapterAreAnErrorAndItsOwnSettingsAreTakenOtherwise() throws IOException {
        assertThat(run(training(folder.resolve("first"), "--steps", "1", "--dropout", "0.25", "--rslora"))
                        .exitCode())
                .isZero();
        Path adapter = folder.resolve("first/adapter");
        Path run = folder.resolve("second");
        List<String> arguments = training(run, "--steps", "1", "--adapter", adapter.toString());
        arguments.set(arguments.indexOf("--rank") + 1, "4");
        Ended contradiction = run(arguments);
        assertThat(contradiction.exitCode()).isEqualTo(1);
        assertThat(contradiction.said()).contains("adapter_config.json: got rank 2", "the settings say rank 4");
        arguments
                .subList(arguments.indexOf("--rank"), arguments.indexOf("--rank") + 2)
                .clear();
        assertThat(run(arguments).exitCode()).isZero();
        LoraConfig continued = RunConfig.read(run).training().lora();
        assertThat(continued.rank()).isEqualTo(2);
        assertThat(continued.dropout()).isEqualTo(0.25);
        assertThat(continued.rankStabilized()).isTrue();
    }

    @Test
    void aNewRunWithRsLoraScalesByTheRootOfTheRankAndItsAdapterSaysSo() throws IOException {
        Path run = folder.resolve("run");
        assertThat(run(training(run, "--steps", "1", "--alpha", "6", "--rslora"))
                        .exitCode())
                .isZero();
        LoraConfig stored = PeftFiles.readConfig(run.resolve("adapter"));
        assertThat(stored.rankStabilized()).isTrue();
        assertThat(stored.scaling()).isEqualTo(6 / Math.sqrt(2));
        Ended resumed = run(List.of("train", "--resume", run.toString(), "--steps", "2"));
        assertThat(resumed.exitCode()).as(resumed.said()).isZero();
        assertThat(RunConfig.read(run).training().lora().rankStabilized()).isTrue();

        Path plain = folder.resolve("plain");
        assertThat(run(training(plain, "--steps", "1")).exitCode()).isZero();
        List<String> arguments = training(folder.resolve("second"), "--steps", "1", "--rslora");
        arguments.addAll(List.of("--adapter", plain.resolve("adapter").toString()));
        assertThat(run(arguments).said()).contains("rsLoRA false", "the settings say", "rsLoRA true", "leave out");
    }
}
