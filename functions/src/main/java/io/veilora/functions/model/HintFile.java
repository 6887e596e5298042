package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A hint on disk and its digests.
 *
 * @param chunkDigests as {@link HintChunks#digests}
 */
record HintFile(StoredFile stored, byte[] chunkDigests) {
    /** Reads the file {@code folder/path}; one of another length than {@code chunks} say has no chunk digests. */
    static HintFile of(Path folder, String path, HintChunks chunks) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.resolve(path), StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            int last = chunks.count() - 1;
            boolean whole = file.byteSize() == chunks.offset(last) + chunks.bytes(last);
            return new HintFile(
                    new StoredFile(path, file.byteSize(), Sha256.hex(file)),
                    whole ? chunks.digests(file) : new byte[0]);
        }
    }
}
