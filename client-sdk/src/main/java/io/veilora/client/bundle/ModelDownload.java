package io.veilora.client.bundle;

import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.HintDigests;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/**
 * Fetches a model's manifest, its client files and the hints that are kept ({@link HintPlan}) into a folder, checks every
 * digest, and resumes where a download stopped. Files already there are kept: hints never change under one model digest.
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

        /** @param bytes on the disk, of {@code total} */
        void downloaded(long bytes, long total);
    }

    private final ProviderConnection connection;
    private final Path cache;
    private final long streamBufferBytes;

    /** @param cache folder for all models; one subfolder a model digest and epoch */
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
        Path folder = folder(manifest);
        Files.createDirectories(folder);
        long present = HintId.all(manifest).stream()
                .map(hint -> hint.file(manifest))
                .filter(file -> isThere(folder, file))
                .mapToLong(StoredFile::bytes)
                .sum();
        long share = present
                + (long) (SHARE_OF_FREE_SPACE * Files.getFileStore(folder).getUsableSpace());
        return HintPlan.of(manifest, quotaBytes.orElse(share), file -> isThere(folder, file));
    }

    /** As {@link #open(ModelManifest, HintPlan, Progress)}, without a quota. */
    public ModelBundle open(ModelManifest manifest, Progress progress) throws IOException {
        return open(manifest, plan(manifest, OptionalLong.empty()), progress);
    }

    /**
     * Downloads what is missing, deletes hints that the plan no longer keeps, and opens the bundle.
     *
     * @throws PermanentException CORRUPT_MODEL naming the file whose digest is wrong; DISK_FULL if there is no room
     */
    public ModelBundle open(ModelManifest manifest, HintPlan plan, Progress progress) throws IOException {
        Path folder = folder(manifest);
        Files.createDirectories(folder);
        List<StoredFile> files = new ArrayList<>(manifest.clientFiles().values());
        for (HintId hint : HintId.all(manifest)) {
            local(folder, hint.file(manifest));
            if (plan.kept().contains(hint)) {
                files.add(hint.file(manifest));
            } else {
                Files.deleteIfExists(local(folder, hint.file(manifest)));
                Files.deleteIfExists(part(local(folder, hint.file(manifest))));
            }
        }
        deleteChangedClientFiles(folder, manifest);
        requireRoom(folder, manifest, files);
        progress.planned(manifest, plan);
        long done = 0;
        for (StoredFile file : files) {
            long before = done;
            fetch(manifest.model(), folder, file, bytes -> progress.downloaded(before + bytes, plan.diskBytes()));
            done += file.bytes();
            progress.downloaded(done, plan.diskBytes());
        }
        Path tensors = local(folder, manifest.clientFiles().get(ModelManifest.CLIENT_TENSORS));
        Path digests = local(folder, manifest.clientFiles().get(ModelManifest.HINT_DIGESTS));
        HintStream stream = new HintStream(
                connection, manifest, new HintDigests(manifest, Files.readAllBytes(digests)), streamBufferBytes);
        return new ModelBundle(folder, manifest, Safetensors.open(tensors), plan.kept(), stream);
    }

    /**
     * Client files of an earlier import of the same weights, such as another tokenizer. Hints follow from the digests in the
     * folder's name and from the parameters, which change their size.
     */
    private static void deleteChangedClientFiles(Path folder, ModelManifest manifest) throws IOException {
        for (StoredFile file : manifest.clientFiles().values()) {
            Path path = local(folder, file);
            if (isThere(folder, file) && !Sha256.hex(path).equals(file.sha256())) {
                Files.delete(path);
            }
        }
    }

    private Path folder(ModelManifest manifest) {
        return cache.resolve(manifest.modelDigest().substring(0, 16) + "-" + manifest.epoch());
    }

    private static boolean isThere(Path folder, StoredFile file) {
        Path path = local(folder, file);
        try {
            return Files.exists(path) && Files.size(path) == file.bytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireRoom(Path folder, ModelManifest manifest, List<StoredFile> files) throws IOException {
        long missing = 0;
        for (StoredFile file : files) {
            Path part = part(local(folder, file));
            missing += isThere(folder, file) ? 0 : file.bytes() - (Files.exists(part) ? Files.size(part) : 0);
        }
        long room = Files.getFileStore(folder).getUsableSpace();
        if (missing > room) {
            throw new PermanentException(Problem.of(ProblemCode.DISK_FULL)
                    .detail(
                            "%s: got room for %d MB, expected %d MB for model '%s'",
                            folder, room / 1_000_000, Math.ceilDiv(missing, 1_000_000), manifest.model())
                    .remedy("free some space, choose another folder with --cache, or stream hints with --hint-quota"));
        }
    }

    private static Path local(Path folder, StoredFile file) {
        Path path = folder.resolve(file.path()).normalize();
        if (!path.startsWith(folder) || path.equals(folder)) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail("the manifest names a file outside the model's folder"));
        }
        return path;
    }

    private static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private void fetch(String model, Path folder, StoredFile file, LongConsumer progress) throws IOException {
        if (isThere(folder, file)) {
            return;
        }
        Path target = local(folder, file);
        Files.createDirectories(target.getParent());
        Path part = part(target);
        ProviderConnection.await(connection.retrying(() -> fetchRest(model, file, part, progress)));
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
