package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A draft beside the models, {@code <root>/.draft-<name>}, renamed when it is complete; never taken for a model, for a name
 * cannot start with a dot. A file lock, which the operating system takes back when the process ends, keeps a second import
 * of the same name out.
 */
final class FolderDraft implements ModelDraft {
    private final Path root;
    private final String name;
    private final Path folder;
    private final FileChannel lock;

    FolderDraft(Path root, String name) throws IOException {
        this.root = root;
        this.name = name;
        this.folder = root.resolve(".draft-" + name);
        this.lock = lock();
        recover();
        Files.createDirectories(folder);
    }

    private String replaced() {
        return ".replaced-" + name + "@";
    }

    /** After a process that ended in the middle of {@link #publish}: the model is the new one if it was in its place. */
    private void recover() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(
                root, entry -> entry.getFileName().toString().startsWith(replaced()))) {
            for (Path leftover : leftovers) {
                if (Files.exists(root.resolve(name))) {
                    delete(leftover);
                } else {
                    Files.move(leftover, root.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }
    }

    private FileChannel lock() throws IOException {
        Path file = Files.createDirectories(root.resolve(".locks")).resolve(name);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!locked(channel)) {
            channel.close();
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("model name '%s': another import of this name is running", name)
                    .remedy("wait until it has ended, or give another --name"));
        }
        return channel;
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock held = channel.tryLock();
            return held != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    @Override
    public Path folder() {
        return folder;
    }

    @Override
    public boolean keepsHints() {
        return true;
    }

    /** The folder is the store. */
    @Override
    public void finished(StoredFile file) {}

    @Override
    public boolean holds(StoredFile file) {
        return false;
    }

    @Override
    public void empty() throws IOException {
        delete(folder);
        Files.createDirectory(folder);
    }

    @Override
    public Path publish(ModelManifest manifest) throws IOException {
        byte[] json = ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest);
        Files.write(folder.resolve(ModelManifest.FILE_NAME), json);
        Path target = root.resolve(name);
        if (Files.exists(target)) {
            Path replaced = root.resolve(replaced() + UUID.randomUUID());
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
            delete(replaced);
        } else {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        }
        return target;
    }

    @Override
    public void discard() throws IOException {
        delete(folder);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
