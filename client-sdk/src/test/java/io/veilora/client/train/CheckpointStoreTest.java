package io.veilora.client.train;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
    private static final TrainingConfig CONFIG = ToyRun.config(9);

    @TempDir
    Path folder;

    private ToyRun run;
    private AdamW optimizer;

    @BeforeEach
    void start() {
        run = new ToyRun(folder, CONFIG);
        optimizer = new AdamW(run.adapter().parameters(), CONFIG.adamW());
    }

    private Checkpoint saveAfterOneMoreStep() throws IOException {
        for (TrainedTensor tensor : run.adapter().parameters()) {
            Arrays.fill(tensor.gradient(), 0f);
            tensor.gradient()[0] = optimizer.optimizerSteps() + 1;
        }
        optimizer.step(0.01);
        return run.checkpoints().save(ToyRun.LORA, run.adapter(), optimizer);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(folder.resolve("checkpoints"))) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aNewRunFolderHasNoCheckpoint() throws IOException {
        assertThat(run.checkpoints().find().newest()).isNull();
    }

    @Test
    void restoresAdapterAndOptimizerBitForBit() throws IOException {
        saveAfterOneMoreStep();
        saveAfterOneMoreStep();
        ToyRun fresh = new ToyRun(folder, CONFIG);
        AdamW restored = new AdamW(fresh.adapter().parameters(), CONFIG.adamW());
        fresh.checkpoints().find().newest().restore(fresh.adapter(), restored);
        assertThat(restored.optimizerSteps()).isEqualTo(2);
        for (int i = 0; i < run.adapter().parameters().size(); i++) {
            TrainedTensor expected = run.adapter().parameters().get(i);
            assertThat(fresh.adapter().parameters().get(i).value()).isEqualTo(expected.value());
            assertThat(restored.firstMoments().get(expected.name()))
                    .isEqualTo(optimizer.firstMoments().get(expected.name()));
            assertThat(restored.secondMoments().get(expected.name()))
                    .isEqualTo(optimizer.secondMoments().get(expected.name()));
        }
    }

    @Test
    void keepsTheLastTwoReadableByTheirOwnerOnly() throws IOException {
        for (int i = 0; i < 4; i++) {
            saveAfterOneMoreStep();
        }
        assertThat(names()).containsExactly("step-00000003", "step-00000004");
        try (Stream<Path> files = Files.walk(folder.resolve("checkpoints"))) {
            for (Path path : files.toList()) {
                Assumptions.assumeTrue(
                        Files.getFileStore(path).supportsFileAttributeView("posix"), "no POSIX modes here");
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as(path.toString())
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_model.safetensors", "optimizer.safetensors", "checkpoint.json"})
    void aTornCheckpointIsNeverLoadedTheOneBeforeIs(String name) throws IOException {
        saveAfterOneMoreStep();
        Checkpoint newest = saveAfterOneMoreStep();
        Path file = newest.folder().resolve(name);
        byte[] whole = Files.readAllBytes(file);
        byte[] changed = whole.clone();
        changed[whole.length - 5] ^= 1;
        for (byte[] torn : List.of(new byte[0], Arrays.copyOf(whole, whole.length / 2), changed)) {
            if (torn == changed && name.equals("checkpoint.json")) {
                continue; // its own bytes are covered by being JSON with the right digests
            }
            Files.write(file, torn);
            CheckpointStore.Found found = run.checkpoints().find();
            assertThat(found.newest().optimizerStep()).isEqualTo(1);
            assertThat(found.damaged()).containsExactly(newest.folder());
        }
        Files.delete(file);
        assertThat(run.checkpoints().find().newest().optimizerStep()).isEqualTo(1);
        Files.write(file, whole);
        assertThat(run.checkpoints().find().newest().optimizerStep()).isEqualTo(2);
    }

    @Test
    void aCheckpointThatWasNeverFinishedIsIgnoredAndReplaced() throws IOException {
        saveAfterOneMoreStep();
        Path unfinished = folder.resolve("checkpoints/step-00000002.unfinished");
        Files.createDirectory(unfinished);
        Files.writeString(unfinished.resolve("checkpoint.json"), "{");
        assertThat(run.checkpoints().find().newest().optimizerStep()).isEqualTo(1);
        saveAfterOneMoreStep();
        assertThat(names()).containsExactly("step-00000001", "step-00000002");
    }

    @Test
    void whenNoCheckpointIsCompleteTheRunDoesNotSilentlyBeginAgain() throws IOException {
        Checkpoint only = saveAfterOneMoreStep();
        Files.delete(only.folder().resolve("checkpoint.json"));
        assertProblem(ProblemCode.INVALID_INPUT, () -> run.checkpoints().find())
                .contains("none of the 1 checkpoints is complete", "Remedy");
    }

    @Test
    void refusesAnotherBaseModelOtherDataOrOtherSettingsAndNamesThem() throws IOException {
        String file = saveAfterOneMoreStep().folder().resolve("checkpoint.json").toString();
        RunIdentity now = ToyRun.identity(CONFIG);
        assertProblem(ProblemCode.INVALID_INPUT, () -> find(with(now, "base model", "other")))
                .contains(file, "base model: the run has digest c0ffee, got other", "Remedy");
        assertProblem(ProblemCode.INVALID_INPUT, () -> find(with(now, "training data", "other")))
                .contains(file, "training data: the run has digest");
        TrainingConfig other = new TrainingConfig(
                new LoraConfig(8, 8, ToyRun.LORA.targets(), 7),
                CONFIG.adamW(),
                0.5,
                CONFIG.schedule(),
                CONFIG.length(),
                CONFIG.batching(),
                CONFIG.intervals(),
                CONFIG.seed());
        assertProblem(ProblemCode.INVALID_INPUT, () -> find(ToyRun.identity(other)))
                .contains(file, "lora.rank: the run has 4, got 8", "maxGradientNorm: the run has 1.0, got 0.5")
                .doesNotContain("seed");
    }

    private static RunIdentity with(RunIdentity run, String name, String digest) {
        Map<String, String> digests = new HashMap<>(run.digests());
        digests.put(name, digest);
        return new RunIdentity(run.baseModel(), digests, run.config());
    }

    private CheckpointStore.Found find(RunIdentity identity) throws IOException {
        return new CheckpointStore(folder, identity).find();
    }

    @Test
    void refusesAnotherFormatVersion() throws IOException {
        Path file = saveAfterOneMoreStep().folder().resolve("checkpoint.json");
        Files.writeString(file, Files.readString(file).replace("\"formatVersion\" : 3", "\"formatVersion\" : 1"));
        assertProblem(ProblemCode.UNSUPPORTED_VERSION, () -> run.checkpoints().find())
                .contains(file.toString(), "got format version 1, expected 3", "Remedy");
    }

    @Test
    void theCheckpointIsAnAdapterInPeftsFormat() throws IOException {
        Checkpoint checkpoint = saveAfterOneMoreStep();
        assertThat(PeftFiles.readConfig(checkpoint.folder()).rank()).isEqualTo(4);
        assertThat(PeftFiles.read(checkpoint.folder(), run.toy().config())
                        .parameters()
                        .getFirst()
                        .value())
                .isEqualTo(run.adapter().parameters().getFirst().value());
    }

    @Test
    void aFullDiskIsAProblemAndLeavesTheCheckpointBefore() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 256)) {
            ToyRun onDisk = new ToyRun(disk.folder(), CONFIG);
            onDisk.checkpoints().save(ToyRun.LORA, run.adapter(), optimizer);
            onDisk.metrics().on(new TrainingEvent.Started(0, 9, 1, List.of()));
            Path filler = disk.fill();
            optimizer.step(0.01);
            assertProblem(ProblemCode.DISK_FULL, () -> onDisk.checkpoints().save(ToyRun.LORA, run.adapter(), optimizer))
                    .contains(disk.folder().toString(), "Remedy: free some space");
            assertThat(onDisk.checkpoints().find().newest().optimizerStep()).isZero();
            assertProblem(ProblemCode.DISK_FULL, () -> onDisk.metrics().on(new TrainingEvent.Evaluated(0, 1, 1, 1)));
            Files.delete(filler);
            assertThat(onDisk.checkpoints().save(ToyRun.LORA, run.adapter(), optimizer))
                    .isEqualTo(onDisk.checkpoints().find().newest());
        }
    }
}
