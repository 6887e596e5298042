package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Local copies of a model store's files, named by their digests, so that a second start has them already. A copy is
 * checked when it is fetched, and once more at its first use in a process. The least recently used leave when the bound is
 * passed; those of the last minute stay, for somebody may be about to read them.
 */
final class FileCache {
    private static final Duration IN_USE = Duration.ofMinutes(1);
    private static final String PART = ".part";

    /** Fetches a file from where it comes. */
    @FunctionalInterface
    interface Source {
        /** Writes the whole file. @return false if there is no such file */
        boolean fetch(Path target) throws IOException;
    }

    private record Copy(Path file, long bytes, Instant used) {}

    private final Path folder;
    private final long budgetBytes;
    private final Set<String> checked = ConcurrentHashMap.newKeySet();
    private final Map<String, Object> locks = new ConcurrentHashMap<>();

    FileCache(Path folder, long budgetBytes) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.budgetBytes = budgetBytes;
    }

    /**
     * The local copy of {@code file}, fetched if it is not there.
     *
     * @throws PermanentException CORRUPT_MODEL if the source has another file, or none
     */
    Path get(StoredFile file, Source source) throws IOException {
        // One fetch of a file at a time, of several files side by side.
        synchronized (locks.computeIfAbsent(file.sha256(), digest -> new Object())) {
            Path copy = folder.resolve(file.sha256());
            if (!isThere(copy, file)) {
                fetch(copy, file, source);
                evict();
            }
            Files.setLastModifiedTime(copy, FileTime.from(Instant.now()));
            return copy;
        }
    }

    private boolean isThere(Path copy, StoredFile file) throws IOException {
        if (!Files.exists(copy)) {
            return false;
        }
        if (checked.contains(file.sha256())) {
            return true;
        }
        boolean whole = Files.size(copy) == file.bytes() && Sha256.hex(copy).equals(file.sha256());
        if (whole) {
            checked.add(file.sha256());
        }
        return whole;
    }

    private void fetch(Path copy, StoredFile file, Source source) throws IOException {
        Path part = folder.resolve(UUID.randomUUID() + PART);
        try {
            boolean found = source.fetch(part);
            String digest = found ? Sha256.hex(part) : "none";
            if (!digest.equals(file.sha256())) {
                throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                        .detail(
                                "file %s in the model store: got digest %.12s, expected %.12s",
                                file.path(), digest, file.sha256())
                        .remedy("import the model again"));
            }
            Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            checked.add(file.sha256());
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private synchronized void evict() throws IOException {
        Instant inUse = Instant.now().minus(IN_USE);
        List<Copy> copies = copies();
        long bytes = copies.stream().mapToLong(Copy::bytes).sum();
        copies.sort(Comparator.comparing(Copy::used));
        for (Copy copy : copies) {
            if (bytes <= budgetBytes || copy.used.isAfter(inUse)) {
                return;
            }
            checked.remove(copy.file.getFileName().toString());
            Files.deleteIfExists(copy.file);
            bytes -= copy.bytes;
        }
    }

    /** Everything in the folder, what a killed process left in the middle of a fetch too. */
    private List<Copy> copies() throws IOException {
        List<Copy> copies = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path file : files) {
                try {
                    Instant used = Files.getLastModifiedTime(file).toInstant();
                    copies.add(new Copy(file, Files.size(file), used));
                } catch (NoSuchFileException e) {
                    // Another thread moved or deleted it.
                }
            }
        }
        return copies;
    }
}
