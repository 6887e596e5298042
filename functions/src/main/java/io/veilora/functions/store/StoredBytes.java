package io.veilora.functions.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A stored object's bytes, mapped: read where they lie in the page cache, reachable by every thread.
 *
 * @param segment read-only, valid until {@link #close}, also when the object is deleted meanwhile
 */
public record StoredBytes(MemorySegment segment, Arena arena) implements AutoCloseable {
    /** @throws java.nio.file.NoSuchFileException if the file is gone */
    static StoredBytes map(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new StoredBytes(channel.map(MapMode.READ_ONLY, 0, channel.size(), arena), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
