package io.veilora.client.bundle;

import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
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
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Fetches a model's manifest, client files and hints into a folder, checks every digest, and resumes where a download
 * stopped. Files already there are kept: hints never change under one model digest.
 */
public final class ModelDownload {
    /** Told how much of the bundle is there. */
    public interface Progress {
        void downloaded(long bytes, long total);
    }

    private final ProviderConnection connection;
    private final Path cache;

    /** @param cache folder for all models; one subfolder a model digest and epoch */
    public ModelDownload(ProviderConnection connection, Path cache) {
        this.connection = connection;
        this.cache = cache.toAbsolutePath().normalize();
    }

    /** The provider's manifest of {@code model}, checked for consistency. */
    public ModelManifest manifest(String model) {
        HttpRequest get = connection.request(StepApi.manifestPath(model)).GET().build();
        ModelManifest manifest = connection.sendJson(get, ModelManifest.class);
        manifest.requireConsistent();
        return manifest;
    }

    /** Bytes of the whole bundle. */
    public static long bytes(ModelManifest manifest) {
        return files(manifest).stream().mapToLong(StoredFile::bytes).sum();
    }

    private static List<StoredFile> files(ModelManifest manifest) {
        List<StoredFile> files = new ArrayList<>(manifest.clientFiles().values());
        for (RemoteLayer layer : manifest.layers()) {
            for (Direction direction : Direction.values()) {
                files.add(layer.hint(direction));
            }
        }
        return files;
    }

    /**
     * Downloads what is missing and opens the bundle.
     *
     * @throws PermanentException CORRUPT_MODEL naming the file whose digest is wrong; DISK_FULL if there is no room
     */
    public ModelBundle open(ModelManifest manifest, Progress progress) {
        Path folder = cache.resolve(manifest.modelDigest().substring(0, 16) + "-" + manifest.epoch());
        long total = bytes(manifest);
        long done = 0;
        try {
            Files.createDirectories(folder);
            requireRoom(folder, manifest);
            for (StoredFile file : files(manifest)) {
                fetch(manifest.model(), folder, file);
                done += file.bytes();
                progress.downloaded(done, total);
            }
            Path tensors = folder.resolve(
                    manifest.clientFiles().get(ModelManifest.CLIENT_TENSORS).path());
            return new ModelBundle(folder, manifest, Safetensors.open(tensors));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireRoom(Path folder, ModelManifest manifest) throws IOException {
        long missing = 0;
        for (StoredFile file : files(manifest)) {
            missing += Files.exists(local(folder, file)) ? 0 : file.bytes();
        }
        long room = Files.getFileStore(folder).getUsableSpace();
        if (missing > room) {
            throw new PermanentException(Problem.of(ProblemCode.DISK_FULL)
                    .detail(
                            "%s: got room for %d MB, expected %d MB for model '%s'",
                            folder, room >> 20, missing >> 20, manifest.model())
                    .remedy("free some space, or choose another folder with --cache"));
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

    private void fetch(String model, Path folder, StoredFile file) throws IOException {
        Path target = local(folder, file);
        if (Files.exists(target) && Files.size(target) == file.bytes()) {
            return;
        }
        Files.createDirectories(target.getParent());
        Path part = target.resolveSibling(target.getFileName() + ".part");
        ProviderConnection.await(connection.retrying(() -> fetchRest(model, file, part)));
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Copies no more than {@code limit} bytes: a provider that sends on and on must not fill the disk. */
    private static void copyUpTo(long limit, InputStream body, OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = limit;
        while (left > 0) {
            int read = body.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    /** One attempt: fetches what {@code part} lacks, then checks the digest of the whole. */
    private void fetchRest(String model, StoredFile file, Path part) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        if (have > file.bytes()) {
            Files.delete(part);
            have = 0;
        }
        if (have < file.bytes()) {
            HttpRequest get = connection
                    .request(StepApi.filePath(model, file.path()))
                    .header("Range", "bytes=" + have + "-")
                    .GET()
                    .build();
            HttpResponse<InputStream> response =
                    ProviderConnection.await(connection.sendOnce(get, BodyHandlers.ofInputStream()));
            try (InputStream body = response.body();
                    var out = Files.newOutputStream(
                            part,
                            StandardOpenOption.CREATE,
                            response.statusCode() == 206
                                    ? StandardOpenOption.APPEND
                                    : StandardOpenOption.TRUNCATE_EXISTING)) {
                copyUpTo(file.bytes() + 1, body, out);
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
