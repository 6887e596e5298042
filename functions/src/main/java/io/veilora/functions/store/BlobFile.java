package io.veilora.functions.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A local file with a stored object's bytes, to be sent from there.
 *
 * @param borrowed whether it is a copy that was made for the caller; closing deletes it
 */
public record BlobFile(Path path, boolean borrowed) implements AutoCloseable {
    @Override
    public void close() {
        if (borrowed) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
