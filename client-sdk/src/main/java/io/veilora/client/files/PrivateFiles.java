package io.veilora.client.files;

import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Files that only their owner can read (mode 0600, folders 0700) and that are on the disk, not in a buffer, when a call
 * returns. Every method throws DISK_FULL, naming the file, when there is no space left.
 */
public final class PrivateFiles {
    /** Fills a file or a folder that exists already, empty and private. */
    @FunctionalInterface
    public interface Content {
        void writeTo(Path path) throws IOException;
    }

    private PrivateFiles() {}

    /** Creates a folder and the missing ones above it; one that exists keeps its mode. */
    public static Path createFolder(Path folder) throws IOException {
        try {
            return Files.createDirectories(folder, mode(folder, "rwx------"));
        } catch (IOException e) {
            throw diskFullOr(e, folder);
        }
    }

    /** Creates an empty file; one that exists stays as it is. */
    public static void createFile(Path file) throws IOException {
        try {
            Files.createFile(file, mode(file, "rw-------"));
        } catch (FileAlreadyExistsException e) {
            return;
        } catch (IOException e) {
            throw diskFullOr(e, file);
        }
    }

    /** Writes a file in place: for files of a folder that gets its name at the end. */
    public static void write(Path file, Content content) throws IOException {
        createFile(file);
        try {
            content.writeTo(file);
            sync(file);
        } catch (IOException e) {
            throw diskFullOr(e, file);
        }
    }

    /** Writes a file whole or not at all: whoever reads it sees the old bytes or the new ones. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            write(fresh, path -> Files.write(path, bytes));
            rename(fresh, file);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /**
     * Writes a folder whole or not at all. No system exchanges two folders in one move: the old one is put aside, the new
     * one takes its place, and for a kill between the two there is {@link #putBackFolder}.
     */
    public static void replaceFolder(Path folder, Content content) throws IOException {
        Path unfinished = folder.resolveSibling(folder.getFileName() + ".unfinished");
        putBackFolder(folder);
        deleteFolder(unfinished);
        try {
            createFolder(unfinished);
            content.writeTo(unfinished);
            syncFolder(unfinished);
            if (Files.exists(folder)) {
                rename(folder, replaced(folder));
            }
            rename(unfinished, folder);
        } finally {
            deleteFolder(unfinished);
        }
        deleteFolder(replaced(folder));
    }

    /** Gives the folder that a killed {@link #replaceFolder} put aside its name again, if no new one has it. */
    public static void putBackFolder(Path folder) throws IOException {
        Path replaced = replaced(folder);
        if (Files.exists(folder)) {
            deleteFolder(replaced);
        } else if (Files.exists(replaced)) {
            rename(replaced, folder);
        }
    }

    private static Path replaced(Path folder) {
        return folder.resolveSibling(folder.getFileName() + ".replaced");
    }

    /** Gives a file or a folder its name in one move that survives a power failure. */
    public static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(to.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw diskFullOr(e, to);
        }
    }

    /** Adds bytes at the end of a file that exists. */
    public static void append(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(false);
        } catch (IOException e) {
            throw diskFullOr(e, file);
        }
    }

    /** Deletes a folder and all in it; no error when there is none. */
    public static void deleteFolder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** @return {@code failure} itself, unless the disk is full */
    private static IOException diskFullOr(IOException failure, Path file) {
        if (DiskFull.isCauseOf(failure)) {
            throw new PermanentException(
                    Problem.of(ProblemCode.DISK_FULL)
                            .detail("writing %s", file)
                            .remedy("free some space and run the same command again; what was saved before is intact"),
                    failure);
        }
        return failure;
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Puts the names in a folder on the disk, where the system can: Windows opens no folders and needs no such call. */
    public static void syncFolder(Path folder) throws IOException {
        if (posix(folder)) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static FileAttribute<?>[] mode(Path path, String permissions) {
        return posix(path)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean posix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
