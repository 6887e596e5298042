package io.veilora.functions.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.TinyModel;
import io.veilora.functions.model.ImportProgress.Done;
import io.veilora.functions.model.ImportProgress.Stage;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Server;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.wire.Sha256;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in a real S3 server, seen from the machine that imports and from others. */
class S3ModelStoreTest {
    private static final long PLENTY = 1 << 30;

    @TempDir
    Path temporary;

    private Path source;
    private S3Server server;
    private S3Bucket bucket;
    private S3ModelStore store;

    @BeforeEach
    void start() throws IOException {
        source = TinyModel.write(temporary.resolve("source"), 1);
        server = new S3Server(temporary.resolve("s3"), 0).start();
        bucket = S3Bucket.of(server.config());
        store = machine("importer", PLENTY);
    }

    @AfterEach
    void stop() throws IOException {
        bucket.close();
        server.close();
    }

    @Test
    void anImportIsTheFoldersImportAndLeavesNothingOnTheImportersDisk() throws IOException {
        ModelManifest inFolder = new ModelImporter(new FileModelStore(temporary.resolve("models")), new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), ImportProgress.SILENT)
                .manifest();
        assertThat(importModel(1, false).manifest()).isEqualTo(inFolder);
        assertThat(store.list()).containsExactly(inFolder);
        assertThat(temporary.resolve("importer/imports/.draft-tiny")).doesNotExist();
        S3ModelStore other = machine("other", PLENTY);
        for (StoredFile file : inFolder.files()) {
            assertThat(Sha256.hex(other.file(inFolder, file))).isEqualTo(file.sha256());
        }
    }

    @Test
    void anUnchangedModelIsNotImportedAgainAlsoFromAnotherMachine() throws IOException {
        importModel(1, false);
        List<Path> before = objects();
        ImportedModel again = new ModelImporter(machine("other", PLENTY), new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), (stage, layer, done) -> {
                    throw new AssertionError("nothing is to be done");
                });
        assertThat(again.unchanged()).isTrue();
        assertThat(objects()).isEqualTo(before);
    }

    @Test
    void anInterruptedImportIsInvisibleAndGoesOnThoughItsHintsAreNotHereAnyMore() throws IOException {
        assertThatThrownBy(() -> new ModelImporter(store, new ScalarGemm())
                        .run(ImportRequest.of(source, "tiny"), (stage, layer, done) -> {
                            if (stage == Stage.HINTS && done.layers() == 2) {
                                throw new IllegalStateException("interrupted");
                            }
                        }))
                .hasMessage("interrupted");
        assertThat(machine("other", PLENTY).list()).isEmpty();
        try (Stream<Path> hints = Files.list(temporary.resolve("importer/imports/.draft-tiny/hints"))) {
            assertThat(hints).isEmpty();
        }
        List<Done> hints = new ArrayList<>();
        ModelManifest manifest = new ModelImporter(store, new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), (stage, layer, done) -> {
                    if (stage == Stage.HINTS) {
                        hints.add(done);
                    }
                })
                .manifest();
        assertThat(hints.getLast().reusedBytes())
                .isEqualTo(manifest.layers().get(0).weights().bytes()
                        + manifest.layers().get(1).weights().bytes());
        S3ModelStore other = machine("other", PLENTY);
        for (StoredFile file : manifest.files()) {
            other.file(manifest, file);
        }
    }

    @Test
    void aReplacedModelsFilesGoAndOthersSeeTheNewOne() throws IOException {
        ModelManifest first = importModel(1, false).manifest();
        ModelManifest second = importModel(2, true).manifest();
        assertThat(second).isNotEqualTo(first);
        S3ModelStore other = machine("other", PLENTY);
        assertThat(other.find("tiny")).contains(second);
        StoredFile oldHint = first.layers().getFirst().forwardHint();
        assertThat(other.has(first, oldHint)).isFalse();
        for (StoredFile file : second.files()) {
            assertThat(other.has(second, file)).isTrue();
        }
    }

    @Test
    void aSecondStartFetchesNothingAgain() throws IOException {
        ModelManifest model = importModel(1, false).manifest();
        StoredFile weights = model.layers().getFirst().weights();
        Path copy = machine("function", PLENTY).file(model, weights);
        server.stop();
        assertThat(machine("function", PLENTY).file(model, weights)).isEqualTo(copy);
        assertThatThrownBy(() -> machine("empty", PLENTY).file(model, weights)).isInstanceOf(IOException.class);
        server.start();
    }

    @Test
    void aDamagedCopyIsFetchedAgainAndADamagedObjectIsRefused() throws IOException {
        ModelManifest model = importModel(1, false).manifest();
        StoredFile weights = model.layer(LayerId.LM_HEAD).weights();
        Path copy = machine("function", PLENTY).file(model, weights);
        flipByte(copy);
        assertThat(Sha256.hex(machine("function", PLENTY).file(model, weights))).isEqualTo(weights.sha256());
        flipByte(server.bucketFolder().resolve("test").resolve(S3ModelStore.object("tiny", weights)));
        assertThatThrownBy(() -> machine("empty", PLENTY).file(model, weights))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(weights.path());
        try (Stream<Path> left = Files.list(temporary.resolve("empty/model-cache"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theCacheKeepsItsBoundTheLeastRecentlyUsedLeaveFirst() throws IOException {
        ModelManifest model = importModel(1, false).manifest();
        StoredFile first = model.layers().get(0).forwardHint();
        StoredFile second = model.layers().get(0).backwardHint();
        StoredFile third = model.layers().get(1).forwardHint();
        S3ModelStore small = machine("small", second.bytes() + third.bytes());
        Path oldest = small.file(model, first);
        Path newer = small.file(model, second);
        Files.setLastModifiedTime(oldest, FileTime.from(Instant.now().minusSeconds(3600)));
        Files.setLastModifiedTime(newer, FileTime.from(Instant.now().minusSeconds(1800)));
        Path newest = small.file(model, third);
        assertThat(oldest).doesNotExist();
        assertThat(newer).exists();
        assertThat(newest).exists();
        assertThat(small.file(model, first)).hasSize(first.bytes());
    }

    @Test
    void namesThatAreNoModelsAreNotFound() throws IOException {
        assertThat(store.find("nothing")).isEmpty();
        assertThat(store.find("../claims")).isEmpty();
        assertThat(store.origin("nothing")).isEmpty();
    }

    private S3ModelStore machine(String name, long cacheBytes) throws IOException {
        return new S3ModelStore(bucket, temporary.resolve(name), cacheBytes, Optional.empty());
    }

    private ImportedModel importModel(int epoch, boolean replace) throws IOException {
        return new ModelImporter(store, new ScalarGemm())
                .run(
                        new ImportRequest(source, "tiny", LatticeParameters.MLWE_256x5, epoch, replace),
                        ImportProgress.SILENT);
    }

    private List<Path> objects() throws IOException {
        try (Stream<Path> files = Files.walk(server.bucketFolder())) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void flipByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }
}
