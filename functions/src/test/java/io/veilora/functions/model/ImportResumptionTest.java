package io.veilora.functions.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.TinyModel;
import io.veilora.functions.model.ImportProgress.Done;
import io.veilora.functions.model.ImportProgress.Stage;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportResumptionTest {
    /** Layers of {@link TinyModel}. */
    private static final int LAYERS = 5;

    @TempDir
    Path temporary;

    private Path source;
    private Path models;
    private FileModelStore store;
    private ModelManifest expected;

    @BeforeEach
    void importOnce() throws IOException {
        source = TinyModel.write(temporary.resolve("source"), 1);
        expected = new ModelImporter(new FileModelStore(temporary.resolve("elsewhere")), new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), ImportProgress.SILENT)
                .manifest();
        models = temporary.resolve("models");
        store = new FileModelStore(models);
    }

    /** What one import said in each stage at its end. */
    private record Run(ImportedModel model, Done quantized, Done hints) {}

    private Run run(boolean replace) throws IOException {
        List<Done> quantized = new ArrayList<>(List.of(new Done(0, 0, 0, 0, 0)));
        List<Done> hints = new ArrayList<>(quantized);
        ImportRequest request = new ImportRequest(source, "tiny", LatticeParameters.MLWE_256x5, 1, replace);
        ImportedModel model = new ModelImporter(store, new ScalarGemm())
                .run(request, (stage, layer, done) -> (stage == Stage.QUANTIZE ? quantized : hints).add(done));
        return new Run(model, quantized.getLast(), hints.getLast());
    }

    /** An import that ends as if killed once it has finished {@code layers} of a stage. */
    private void interruptAfter(Stage end, int layers) {
        ImportProgress interruption = (stage, layer, done) -> {
            if (stage == end && done.layers() == layers) {
                throw new IllegalStateException("interrupted");
            }
        };
        assertThatThrownBy(() ->
                        new ModelImporter(store, new ScalarGemm()).run(ImportRequest.of(source, "tiny"), interruption))
                .hasMessage("interrupted");
    }

    private Path draft(String file) {
        return models.resolve(".draft-tiny").resolve(file);
    }

    private static void assertProblem(ProblemCode code, String text, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(text)
                .extracting(e -> ((VeiloraException) e).problem().code())
                .isEqualTo(code);
    }

    private static void flipByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void anInterruptedImportIsInvisibleAndGoesOnWithItsFinishedLayers() throws IOException {
        interruptAfter(Stage.HINTS, 2);
        assertThat(store.list()).isEmpty();
        Run run = run(false);
        assertThat(run.model().manifest()).isEqualTo(expected);
        assertThat(run.quantized().reusedBytes()).isEqualTo(run.quantized().ofBytes());
        long two = expected.layers().get(0).weights().bytes()
                + expected.layers().get(1).weights().bytes();
        assertThat(run.hints())
                .isEqualTo(new Done(
                        LAYERS, LAYERS, run.hints().ofBytes(), run.hints().ofBytes(), two));
        assertThat(models.resolve("tiny").resolve(".finished")).doesNotExist();
        assertThat(models.resolve(".draft-tiny")).doesNotExist();
    }

    @Test
    void layersQuantizedBeforeTheInterruptionAreKept() throws IOException {
        interruptAfter(Stage.QUANTIZE, 3);
        Run run = run(false);
        assertThat(run.model().manifest()).isEqualTo(expected);
        assertThat(run.quantized().reusedBytes())
                .isEqualTo(expected.layers().stream()
                        .limit(3)
                        .mapToLong(layer -> layer.weights().bytes())
                        .sum());
    }

    @Test
    void aFinishedPartWhoseBytesHaveChangedIsMadeAgain() throws IOException {
        interruptAfter(Stage.HINTS, LAYERS);
        flipByte(draft(expected.layers().get(0).weights().path()));
        flipByte(draft(expected.layers().get(1).forwardHint().path()));
        Files.delete(draft(expected.layers().get(2).backwardHint().path()));
        Files.write(draft(".finished/blocks.0.down.json"), new byte[] {'{'});
        Run run = run(false);
        assertThat(run.model().manifest()).isEqualTo(expected);
        assertThat(run.quantized().reusedBytes())
                .isEqualTo(run.quantized().ofBytes()
                        - expected.layers().get(0).weights().bytes()
                        - expected.layers().get(3).weights().bytes());
        assertThat(run.hints().reusedBytes())
                .isEqualTo(run.hints().ofBytes()
                        - expected.layers().get(1).weights().bytes()
                        - expected.layers().get(2).weights().bytes());
    }

    @Test
    void anImportThatFailsWhileItIsPublishedGoesOnWithAllItsLayers() throws IOException {
        interruptAfter(Stage.HINTS, 1);
        Path inTheWay = Files.createDirectory(draft(ModelManifest.FILE_NAME));
        assertThatThrownBy(() -> run(false)).isInstanceOf(IOException.class);
        Files.delete(inTheWay);
        Run run = run(false);
        assertThat(run.model().manifest()).isEqualTo(expected);
        assertThat(run.hints().reusedBytes()).isEqualTo(run.hints().ofBytes());
    }

    @Test
    void aModelPutAsideByAKillWhileItWasReplacedIsBackWithTheNextImport() throws IOException {
        run(false);
        Path model = models.resolve("tiny");
        Path aside = models.resolve(".replaced-tiny@1");
        Files.move(model, aside);
        assertThat(run(false).model().unchanged()).isTrue();
        assertThat(model.resolve(ModelManifest.FILE_NAME)).exists();
        Files.createDirectory(aside); // a kill after the new one was in its place
        assertThat(run(false).model().unchanged()).isTrue();
        assertThat(aside).doesNotExist();
    }

    @Test
    void aDraftOfAnotherSourceStartsOver() throws IOException {
        interruptAfter(Stage.HINTS, LAYERS);
        TinyModel.write(source, 2);
        Run run = run(false);
        assertThat(run.quantized().reusedBytes()).isZero();
        assertThat(run.hints().reusedBytes()).isZero();
        assertThat(run.model().manifest().modelDigest()).isNotEqualTo(expected.modelDigest());
    }

    @Test
    void anUnchangedModelIsRecognisedWithoutQuantizingIt() throws IOException {
        run(false);
        Run again = run(false);
        assertThat(again.model().unchanged()).isTrue();
        assertThat(again.quantized().layers()).isZero();
    }

    @Test
    void aTouchedButEqualSourceIsUnchangedAndAChangedTokenizerIsNot() throws IOException {
        run(false);
        Path tokenizer = source.resolve("tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer));
        assertThat(run(false).model().unchanged()).isTrue();
        Files.writeString(tokenizer, Files.readString(tokenizer) + " ");
        assertProblem(ProblemCode.INVALID_INPUT, "--replace", () -> run(false));
        assertThat(run(true).model().unchanged()).isFalse();
    }

    @Test
    void aModelWithAMissingFileIsImportedAgain() throws IOException {
        run(false);
        Path hint = models.resolve("tiny")
                .resolve(expected.layers().getFirst().forwardHint().path());
        Files.delete(hint);
        assertThat(run(false).model().unchanged()).isFalse();
        assertThat(hint).exists();
    }

    @Test
    void aModelOfAnOlderFormatIsImportedAgain() throws IOException {
        run(false);
        Path manifest = models.resolve("tiny").resolve(ModelManifest.FILE_NAME);
        Files.writeString(
                manifest, Files.readString(manifest).replace("\"formatVersion\" : 2", "\"formatVersion\" : 1"));
        FileModelStore reopened = new FileModelStore(models);
        assertProblem(ProblemCode.UNSUPPORTED_VERSION, "again", () -> reopened.find("tiny"));
        assertThat(reopened.list()).isEmpty();
        assertThat(reopened.unusable()).singleElement().satisfies(problem -> assertThat(problem.detail())
                .contains("'tiny'", "got version 1"));
        store = reopened;
        assertThat(run(false).model().manifest()).isEqualTo(expected);
    }

    @Test
    void aSecondImportOfTheSameNameIsRefusedWhileTheFirstRuns() throws IOException {
        List<Throwable> second = new ArrayList<>();
        ImportProgress importingAgain = (stage, layer, done) -> {
            if (second.isEmpty()) {
                try {
                    run(false);
                } catch (IOException | RuntimeException e) {
                    second.add(e);
                }
            }
        };
        ImportedModel first =
                new ModelImporter(store, new ScalarGemm()).run(ImportRequest.of(source, "tiny"), importingAgain);
        assertThat(first.manifest()).isEqualTo(expected);
        assertThat(second).singleElement().isInstanceOf(PermanentException.class);
        assertThat(second.getFirst()).hasMessageContaining("'tiny': another import of this name is running");
    }

    @Test
    void aNameThatAnotherProcessHoldsIsRefused() throws Exception {
        Files.createDirectories(models.resolve(".locks"));
        Path lock = Files.createFile(models.resolve(".locks").resolve("tiny"));
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        lock.toString())
                .start();
        try {
            assertThat(other.getInputStream().read()).isEqualTo('L');
            assertProblem(ProblemCode.INVALID_INPUT, "another import", () -> run(false));
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(run(false).model().manifest()).isEqualTo(expected);
    }

    /** Another process that holds a lock until it is killed. */
    static final class LockHolder {
        public static void main(String... arguments) throws Exception {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                channel.lock();
                System.out.print('L');
                System.out.flush();
                Thread.sleep(60_000);
            }
        }
    }

    @Test
    void aDiskThatRunsFullIsSaidAndLeavesNothing() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"), 4096)) {
            store = new FileModelStore(disk.folder());
            ImportProgress filling = (stage, layer, done) -> {
                if (stage == Stage.HINTS && done.layers() == 1) {
                    disk.fill();
                }
            };
            assertProblem(ProblemCode.DISK_FULL, "import of 'tiny'", () -> new ModelImporter(store, new ScalarGemm())
                    .run(ImportRequest.of(source, "tiny"), filling));
            assertThat(store.list()).isEmpty();
            assertThat(names(disk.folder())).containsExactlyInAnyOrder(".locks", "filler");
            Files.delete(disk.folder().resolve("filler"));
            assertThat(run(false).model().manifest()).isEqualTo(expected);
        }
    }

    @Test
    void aModelThatCannotFitIsRefusedBeforeAnythingIsWritten() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(temporary.resolve("disk"), 256)) {
            store = new FileModelStore(disk.folder());
            assertProblem(ProblemCode.DISK_FULL, " kB, expected ", () -> run(false));
            assertThat(names(disk.folder())).containsExactly(".locks");
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }
}
