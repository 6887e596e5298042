package io.veilora.client.bundle;

import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.HintDigests;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.text.ByteCount;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * Fetches a model's manifest, its client files and the hints that are kept ({@link HintPlan}) into a folder, checks every
 * digest, and resumes where a download stopped. Files already there are kept ({@link ModelFolder} says why they may be).
 */
public final class ModelDownload {
    /** Of the free space, what hints may take unless a quota says otherwise. */
    private static final double SHARE_OF_FREE_SPACE = 0.8;

    /** Memory for streamed hints, unless the heap is small. */
    private static final long STREAM_BUFFER_BYTES = 64L << 20;

    /** Told what will be there, and then how much is. */
    public interface Progress {
        /** Before anything is downloaded. */
        default void planned(ModelManifest manifest, HintPlan plan) {}

        /** Another client is downloading into {@code folder}; this one waits until that is done. */
        default void waiting(Path folder) {}

        /** @param bytes on the disk, of {@code total} */
        void downloaded(long bytes, long total);
    }

    private final ProviderConnection connection;
    private final Path cache;
    private final long streamBufferBytes;

    /** @param cache folder for all models; one subfolder a {@link ModelFolder} */
    public ModelDownload(ProviderConnection connection, Path cache) {
        this(
                connection,
                cache,
                Math.min(STREAM_BUFFER_BYTES, Runtime.getRuntime().maxMemory() / 8));
    }

    /** @param streamBufferBytes memory for hints that are streamed */
    ModelDownload(ProviderConnection connection, Path cache, long streamBufferBytes) {
        this.connection = connection;
        this.cache = cache.toAbsolutePath().normalize();
        this.streamBufferBytes = streamBufferBytes;
    }

    /** The provider's manifest of {@code model}, checked for consistency. */
    public ModelManifest manifest(String model) {
        HttpRequest get = connection.request(StepApi.manifestPath(model)).GET().build();
        ModelManifest manifest = connection.sendJson(get, ModelManifest.class);
        manifest.requireConsistent();
        if (!model.equals(manifest.model())) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail("got the manifest of model '%s', expected '%s'", manifest.model(), model)
                    .remedy("check that the URL leads to the right provider"));
        }
        return manifest;
    }

    /**
     * What {@link #open} would keep and stream.
     *
     * @param quotaBytes disk space for hints of this model; empty for a share of the free space
     */
    public HintPlan plan(ModelManifest manifest, OptionalLong quotaBytes) throws IOException {
        ModelFolder folder = ModelFolder.of(cache, manifest);
        Files.createDirectories(folder.path());
        Set<StoredFile> present = folder.present();
        long share = hintBytes(manifest, present)
                + (long)
                        (SHARE_OF_FREE_SPACE * Files.getFileStore(folder.path()).getUsableSpace());
        return HintPlan.of(manifest, quotaBytes.orElse(share), present::contains);
    }

    /** As {@link #plan}, for those who only look: hints that are there stay, no other is fetched. */
    public HintPlan planWithoutHints(ModelManifest manifest) throws IOException {
        Set<StoredFile> present = ModelFolder.of(cache, manifest).present();
        return HintPlan.of(manifest, hintBytes(manifest, present), present::contains);
    }

    private static long hintBytes(ModelManifest manifest, Set<StoredFile> present) {
        return HintId.all(manifest).stream()
                .map(hint -> hint.file(manifest))
                .filter(present::contains)
                .mapToLong(StoredFile::bytes)
                .sum();
    }

    /** As {@link #open(ModelManifest, HintPlan, Progress)}, without a quota. */
    public ModelBundle open(ModelManifest manifest, Progress progress) throws IOException {
        return open(manifest, plan(manifest, OptionalLong.empty()), progress);
    }

    /**
     * Downloads what is missing, deletes hints that the plan no longer keeps, and opens the bundle. Meanwhile no other client
     * gets at the folder; afterwards the kept hints are mapped, and may be deleted by others.
     *
     * @throws PermanentException CORRUPT_MODEL naming the file whose digest is wrong; DISK_FULL if there is no room
     */
    public ModelBundle open(ModelManifest manifest, HintPlan plan, Progress progress) throws IOException {
        ModelFolder folder = ModelFolder.of(cache, manifest);
        manifest.clientFiles().keySet().forEach(folder::clientFile);
        Files.createDirectories(folder.path());
        try (FolderLock lock = FolderLock.of(folder.path(), () -> progress.waiting(folder.path()))) {
            for (HintId hint : HintId.all(manifest)) {
                if (!plan.kept().contains(hint)) {
                    folder.deleteHint(hint);
                }
            }
            folder.deleteForeignClientFiles();
            requireRoom(folder, plan);
            progress.planned(manifest, plan);
            HintDigests digests = fetchAll(folder, plan, progress);
            HintStream stream = new HintStream(connection, manifest, digests, streamBufferBytes);
            return ModelBundle.open(folder, plan.kept(), stream);
        }
    }

    /** Client files first: one of them vouches for the hints. */
    private HintDigests fetchAll(ModelFolder folder, HintPlan plan, Progress progress) throws IOException {
        ModelManifest manifest = folder.manifest();
        long total = plan.diskBytes();
        long done = 0;
        for (var file : manifest.clientFiles().entrySet()) {
            long before = done;
            fetch(
                    manifest.model(),
                    file.getValue(),
                    folder.clientFile(file.getKey()),
                    part -> {},
                    bytes -> progress.downloaded(before + bytes, total));
            done += file.getValue().bytes();
            progress.downloaded(done, total);
        }
        HintDigests digests =
                new HintDigests(manifest, Files.readAllBytes(folder.clientFile(ModelManifest.HINT_DIGESTS)));
        for (HintId hint : plan.kept()) {
            long before = done;
            fetch(
                    manifest.model(),
                    hint.file(manifest),
                    folder.hint(hint),
                    part -> requireMatch(manifest, digests, hint, part),
                    bytes -> progress.downloaded(before + bytes, total));
            done += hint.file(manifest).bytes();
            progress.downloaded(done, total);
        }
        return digests;
    }

    /** A manifest of one provider may name other digests for a hint than its {@link HintDigests} hold: such a hint is not kept. */
    private static void requireMatch(ModelManifest manifest, HintDigests digests, HintId hint, Path part)
            throws IOException {
        HintChunks chunks = manifest.hintChunks(manifest.layer(hint.layer()), hint.direction());
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            for (int chunk = 0; chunk < chunks.count(); chunk++) {
                byte[] bytes =
                        file.asSlice(chunks.offset(chunk), chunks.bytes(chunk)).toArray(ValueLayout.JAVA_BYTE);
                if (!digests.match(hint.layer(), hint.direction(), chunk, bytes)) {
                    throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                            .detail(
                                    "model '%s', file %s: the digest of chunk %d is not the one in %s",
                                    manifest.model(), hint.file(manifest).path(), chunk, ModelManifest.HINT_DIGESTS)
                            .remedy("ask the provider to import the model again"));
                }
            }
        }
    }

    private static void requireRoom(ModelFolder folder, HintPlan plan) throws IOException {
        ModelManifest manifest = folder.manifest();
        Set<StoredFile> present = folder.present();
        long missing = 0;
        for (String name : manifest.clientFiles().keySet()) {
            missing += missing(manifest.clientFiles().get(name), folder.clientFile(name), present);
        }
        for (HintId hint : plan.kept()) {
            missing += missing(hint.file(manifest), folder.hint(hint), present);
        }
        long room = Files.getFileStore(folder.path()).getUsableSpace();
        if (missing > room) {
            throw new PermanentException(Problem.of(ProblemCode.DISK_FULL)
                    .detail(
                            "%s: got room for %s, expected %s for model '%s'",
                            folder.path(), ByteCount.text(room), ByteCount.text(missing), manifest.model())
                    .remedy("free some space, choose another folder with --cache, or stream hints with --hint-quota"));
        }
    }

    private static long missing(StoredFile file, Path target, Set<StoredFile> present) throws IOException {
        Path part = ModelFolder.part(target);
        long inPart = Files.exists(part) ? Files.size(part) : 0;
        return present.contains(file) ? 0 : file.bytes() - inPart;
    }

    /** A last check of a file whose digest is right, before it gets its name. */
    private interface Check {
        void of(Path part) throws IOException;
    }

    private void fetch(String model, StoredFile file, Path target, Check check, LongConsumer progress)
            throws IOException {
        if (Files.exists(target) && Files.size(target) == file.bytes()) {
            return;
        }
        Files.createDirectories(target.getParent());
        Path part = ModelFolder.part(target);
        AtomicBoolean mayBeStale = new AtomicBoolean(Files.exists(part));
        ProviderConnection.await(connection.retrying(() -> {
            try {
                fetchRest(model, file, part, progress);
            } catch (PermanentException e) {
                boolean wasDeleted = e.problem().code() == ProblemCode.CORRUPT_MODEL;
                if (wasDeleted && mayBeStale.getAndSet(false)) {
                    throw new RetriableException(e.problem(), e); // its start was there before: once more, from 0
                }
                throw e;
            }
        }));
        try {
            check.of(part);
        } catch (PermanentException e) {
            Files.delete(part);
            throw e;
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Copies no more than {@code limit} bytes: a provider that sends on and on must not fill the disk. */
    private static void copyUpTo(long limit, InputStream body, OutputStream out, LongConsumer copied)
            throws IOException {
        byte[] buffer = new byte[1 << 16];
        long done = 0;
        while (done < limit) {
            int read = body.read(buffer, 0, (int) Math.min(limit - done, buffer.length));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            done += read;
            copied.accept(done);
        }
    }

    /** One attempt: fetches what {@code part} lacks, then checks the digest of the whole. */
    private void fetchRest(String model, StoredFile file, Path part, LongConsumer progress) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        if (have > file.bytes()) {
            Files.delete(part);
            have = 0;
        }
        if (file.bytes() == 0) {
            Files.write(part, new byte[0]);
        }
        if (have < file.bytes()) {
            HttpResponse<InputStream> response = new FileRange(model, file, have, file.bytes()).open(connection);
            boolean resumed = FileRange.isPartial(response);
            long before = resumed ? have : 0;
            try (InputStream body = response.body();
                    var out = Files.newOutputStream(
                            part,
                            StandardOpenOption.CREATE,
                            resumed ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
                copyUpTo(file.bytes() + 1 - before, body, out, bytes -> progress.accept(before + bytes));
            }
        }
        if (!Sha256.hex(part).equals(file.sha256())) {
            boolean whole = Files.size(part) >= file.bytes();
            if (whole) {
                Files.delete(part);
            }
            Problem problem = Problem.of(whole ? ProblemCode.CORRUPT_MODEL : ProblemCode.TRUNCATED_BODY)
                    .detail("model '%s', file %s: the digest is not the manifest's", model, file.path())
                    .remedy("ask the provider to import the model again");
            throw whole ? new PermanentException(problem) : new RetriableException(problem);
        }
    }
}
