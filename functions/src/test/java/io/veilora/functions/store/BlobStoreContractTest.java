package io.veilora.functions.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.functions.store.BlobName.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What every blob store has to do: in a folder, and in a real S3 server. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestBlobStore.Kind.class)
class BlobStoreContractTest {
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
    private static final Instant LATER = Instant.parse("2021-01-01T00:00:00Z");

    @TempDir
    Path root;

    private final TestBlobStore.Kind kind;
    private final BlobName claim = new BlobName("alice", UUID.randomUUID(), Kind.CLAIM);
    private TestBlobStore store;
    private BlobStore blobs;

    BlobStoreContractTest(TestBlobStore.Kind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() throws IOException {
        store = kind.open(root);
        blobs = store.blobs();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void whatWasPutIsFoundAndAnotherTenantsIsNot() throws IOException {
        assertThat(blobs.putIfAbsent(claim, bytes(1, 2, 3))).isTrue();
        assertThat(blobs.get(claim))
                .hasValueSatisfying(found -> assertThat(found).containsExactly(1, 2, 3));
        assertThat(blobs.get(new BlobName("bob", claim.stepId(), Kind.CLAIM))).isEmpty();
        assertThat(blobs.exists(claim.with(Kind.ANSWER))).isFalse();
    }

    @Test
    void aDraftIsSeenOnceItIsStoredAndLeavesNothingIfItIsNot() throws IOException {
        try (BlobDraft draft = blobs.draft("alice")) {
            draft.append(ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3}));
            draft.append(ByteBuffer.wrap(new byte[] {4}));
            assertThat(blobs.exists(claim)).isFalse();
            assertThat(draft.bytes().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3, 4);
            assertThat(blobs.putIfAbsent(claim, draft)).isTrue();
            assertThat(blobs.putIfAbsent(claim, draft)).isFalse();
        }
        try (BlobDraft dropped = blobs.draft("alice")) {
            dropped.append(ByteBuffer.wrap(new byte[] {5}));
        }
        try (BlobFile file = blobs.file(claim).orElseThrow()) {
            assertThat(file.path()).hasBinaryContent(new byte[] {1, 2, 3, 4});
        }
        assertThat(store.files()).containsExactly(store.file(claim));
    }

    @Test
    void openBytesStayReadableWhenTheObjectIsDeleted() throws IOException {
        blobs.putIfAbsent(claim, bytes(7, 8));
        try (StoredBytes open = blobs.open(claim).orElseThrow()) {
            blobs.delete(claim);
            assertThat(open.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8);
        }
        assertThat(blobs.open(claim)).isEmpty();
        assertThat(blobs.file(claim)).isEmpty();
    }

    @Test
    void theFirstOfManyConcurrentWritersWinsAndNothingElseIsLeft() throws Exception {
        List<Future<Boolean>> wins = new ArrayList<>();
        try (ExecutorService writers = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 64; i++) {
                byte value = (byte) i;
                wins.add(writers.submit(() -> blobs.putIfAbsent(claim, bytes(value, value))));
            }
        }
        int winners = 0;
        for (Future<Boolean> win : wins) {
            winners += win.get() ? 1 : 0;
        }
        assertThat(winners).isOne();
        byte[] stored = blobs.get(claim).orElseThrow();
        assertThat(stored).hasSize(2);
        assertThat(stored[0]).isEqualTo(stored[1]);
        assertThat(store.files()).containsExactly(store.file(claim));
    }

    @Test
    void anExpiredStepGoesAsAWholeAndAYoungOneStays() throws IOException {
        BlobName young = new BlobName("alice", UUID.randomUUID(), Kind.CLAIM);
        for (Kind kind : Kind.values()) {
            blobs.putIfAbsent(claim.with(kind), bytes(1));
            blobs.putIfAbsent(young.with(kind), bytes(1));
        }
        age(claim);
        new BlobExpiry(blobs).sweep(LATER);
        for (Kind kind : Kind.values()) {
            assertThat(blobs.exists(claim.with(kind))).isFalse();
            assertThat(blobs.exists(young.with(kind))).isTrue();
        }
    }

    @Test
    void anOldAnswerStaysAsLongAsItsClaimAndGoesWithoutOne() throws IOException {
        blobs.putIfAbsent(claim, bytes(1));
        blobs.putIfAbsent(claim.with(Kind.ANSWER), bytes(1));
        BlobName orphan = new BlobName("bob", UUID.randomUUID(), Kind.ANSWER);
        blobs.putIfAbsent(orphan, bytes(1));
        age(claim.with(Kind.ANSWER));
        age(orphan);
        new BlobExpiry(blobs).sweep(LATER);
        assertThat(blobs.exists(claim.with(Kind.ANSWER))).isTrue();
        assertThat(blobs.exists(orphan)).isFalse();
    }

    @Test
    void whatAKilledWriterLeftIsSweptAndForeignFilesAreLeftAlone() throws IOException {
        Path folder = Files.createDirectories(store.temporary("alice"));
        Path leftover = Files.createFile(folder.resolve(UUID.randomUUID() + ".tmp"));
        Path objects =
                Files.createDirectories(store.file(claim.with(Kind.ANSWER)).getParent());
        Path foreign = Files.createFile(objects.resolve("notes.txt"));
        Files.setLastModifiedTime(leftover, FileTime.from(LONG_AGO));
        Files.setLastModifiedTime(foreign, FileTime.from(LONG_AGO));
        new BlobExpiry(blobs).sweep(LATER);
        assertThat(leftover).doesNotExist();
        assertThat(foreign).exists();
    }

    @Test
    void anObjectOfManyMegabytesIsStoredOnceAndReadInEveryWay() throws IOException {
        byte[] large = new byte[12 << 20];
        new Random(1).nextBytes(large);
        BlobName answer = claim.with(Kind.ANSWER);
        assertThat(blobs.putIfAbsent(answer, MemorySegment.ofArray(large))).isTrue();
        assertThat(blobs.putIfAbsent(answer, MemorySegment.ofArray(new byte[12 << 20])))
                .isFalse();
        try (StoredBytes open = blobs.open(answer).orElseThrow();
                BlobFile file = blobs.file(answer).orElseThrow()) {
            assertThat(open.segment().mismatch(MemorySegment.ofArray(large))).isEqualTo(-1);
            assertThat(open.segment().isReadOnly()).isTrue();
            assertThat(file.path()).hasBinaryContent(large);
        }
        assertThat(store.files()).containsExactly(store.file(answer));
    }

    @Test
    void anEmptyObjectIsOne() throws IOException {
        assertThat(blobs.putIfAbsent(claim, bytes())).isTrue();
        assertThat(blobs.get(claim))
                .hasValueSatisfying(found -> assertThat(found).isEmpty());
        try (StoredBytes open = blobs.open(claim).orElseThrow()) {
            assertThat(open.segment().byteSize()).isZero();
        }
    }

    @Test
    void deletingWhatIsNotThereDoesNothing() throws IOException {
        blobs.delete(claim);
        assertThat(blobs.exists(claim)).isFalse();
        assertThat(blobs.listExpired(Instant.now().plusSeconds(60))).isEmpty();
    }

    private void age(BlobName name) throws IOException {
        Files.setLastModifiedTime(store.file(name), FileTime.from(LONG_AGO));
    }

    private static MemorySegment bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(bytes);
    }
}
