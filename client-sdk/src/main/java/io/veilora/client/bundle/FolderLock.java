package io.veilora.client.bundle;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One client at a time changes a model's folder: two would write to one part, or one would delete hints that the other is
 * about to map. Holds against other processes and other threads of this one; the system frees it when a process dies.
 */
final class FolderLock implements AutoCloseable {
    private static final String FILE = ".lock";
    private static final long PAUSE_MILLIS = 100;

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits until nobody else holds the lock.
     *
     * @param folder exists
     * @param waiting told once, if somebody does
     */
    static FolderLock of(Path folder, Runnable waiting) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!isOurs(channel)) {
                waiting.run();
                do {
                    Thread.sleep(PAUSE_MILLIS);
                } while (!isOurs(channel));
            }
            return new FolderLock(channel);
        } catch (InterruptedException e) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another client used " + folder);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isOurs(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // another thread of this process has it
        }
    }

    @Override
    public void close() throws IOException {
        channel.close(); // and with it the lock
    }
}
