package io.veilora.functions.store;

import io.veilora.functions.store.BlobName.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Blobs in a folder: {@code <root>/<tenant>/<step id>.<kind>}. An object appears by a hard link to a finished temporary
 * file, so that no reader sees half of one and exactly one writer wins. Nothing is flushed to the disk: after a power
 * cut a client sends the step again.
 */
public final class FileBlobStore implements BlobStore {
    private static final String TEMPORARY = ".tmp";

    private final Path root;

    public FileBlobStore(Path root) throws IOException {
        this.root = Files.createDirectories(root);
    }

    @Override
    public boolean putIfAbsent(BlobName name, MemorySegment bytes) throws IOException {
        if (Files.exists(path(name))) {
            return false;
        }
        try (BlobDraft draft = draft(name.tenant())) {
            draft.append(bytes.asByteBuffer());
            return putIfAbsent(name, draft);
        }
    }

    @Override
    public BlobDraft draft(String tenant) throws IOException {
        Path folder = Files.createDirectories(root.resolve(TenantName.require(tenant)));
        return new BlobDraft(folder.resolve(UUID.randomUUID() + TEMPORARY));
    }

    @Override
    public boolean putIfAbsent(BlobName name, BlobDraft draft) throws IOException {
        try {
            Files.createLink(path(name), draft.file());
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Override
    public Optional<StoredBytes> open(BlobName name) throws IOException {
        try {
            return Optional.of(StoredBytes.map(path(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<BlobFile> file(BlobName name) {
        return Optional.of(path(name)).filter(Files::exists).map(file -> new BlobFile(file, false));
    }

    @Override
    public Optional<byte[]> get(BlobName name) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(path(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean exists(BlobName name) {
        return Files.exists(path(name));
    }

    @Override
    public void delete(BlobName name) throws IOException {
        Files.deleteIfExists(path(name));
    }

    @Override
    public List<BlobName> listExpired(Instant limit) throws IOException {
        List<BlobName> expired = new ArrayList<>();
        try (DirectoryStream<Path> tenants = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path tenant : tenants) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(tenant)) {
                    for (Path file : files) {
                        if (isOlder(file, limit)) {
                            addOrSweep(file, expired);
                        }
                    }
                }
            }
        }
        return expired;
    }

    private static boolean isOlder(Path file, Instant limit) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(limit);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Temporary files that a killed process left have no name to list: they go at once. */
    private static void addOrSweep(Path file, List<BlobName> expired) throws IOException {
        String[] parts = file.getFileName().toString().split("\\.", 2);
        if (parts.length == 2 && TEMPORARY.equals("." + parts[1])) {
            Files.deleteIfExists(file);
            return;
        }
        try {
            String tenant = file.getParent().getFileName().toString();
            Kind kind = Kind.valueOf(parts[parts.length - 1].toUpperCase(Locale.ROOT));
            expired.add(new BlobName(tenant, UUID.fromString(parts[0]), kind));
        } catch (IllegalArgumentException e) {
            // Not ours: somebody put a file here. Leave it.
        }
    }

    private Path path(BlobName name) {
        return root.resolve(name.tenant())
                .resolve(name.stepId() + "." + name.kind().label());
    }
}
