package io.veilora.functions.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An object on its way into a store, written piece by piece into a temporary file of this process. Nobody sees it before
 * {@link BlobStore#putIfAbsent(BlobName, BlobDraft)}; closing it removes what was not stored. For one thread at a time.
 */
public final class BlobDraft implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private Arena arena; // made when it is needed: closing one stops all threads for a moment
    private MemorySegment mapped;

    BlobDraft(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** Adds all of {@code bytes} at the end. */
    public void append(ByteBuffer... bytes) throws IOException {
        if (mapped != null) {
            throw new IllegalStateException("the draft is finished");
        }
        long left = 0;
        for (ByteBuffer piece : bytes) {
            left += piece.remaining();
        }
        while (left > 0) {
            left -= channel.write(bytes);
        }
    }

    /** All of it, read-only and in the page cache; valid until {@link #close}. Nothing can be added from now on. */
    public MemorySegment bytes() throws IOException {
        if (mapped == null) {
            arena = Arena.ofShared();
            mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        }
        return mapped;
    }

    /** The finished file. */
    Path file() {
        return file;
    }

    /** Closing it twice does nothing. */
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        channel.close();
        if (arena != null) {
            arena.close();
        }
        Files.deleteIfExists(file);
    }
}
