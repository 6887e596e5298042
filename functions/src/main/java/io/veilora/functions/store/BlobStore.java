package io.veilora.functions.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where requests and answers wait (claim check, DESIGN §5): a folder here, an S3-compatible store in a cluster. Objects
 * are written whole and once, and expire. They are ciphertext, and still nobody's business: never logged.
 */
public interface BlobStore {
    /**
     * Stores {@code bytes} if there is no such object yet; atomic, also between processes.
     *
     * @return false if the object exists; it is left as it is
     * @throws IOException if the store fails; nothing is stored then. See {@link StoreFailure}
     */
    boolean putIfAbsent(BlobName name, MemorySegment bytes) throws IOException;

    /** The object's bytes in a new array, or empty if there is none. */
    Optional<byte[]> get(BlobName name) throws IOException;

    /** Whether there is such an object. */
    boolean exists(BlobName name) throws IOException;

    /** Deletes the object if it is there. */
    void delete(BlobName name) throws IOException;

    /** Objects written before {@code limit}. */
    List<BlobName> listExpired(Instant limit) throws IOException;
}
