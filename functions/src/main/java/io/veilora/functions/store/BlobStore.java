package io.veilora.functions.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
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

    /** A place to write a large object of this tenant piece by piece, before its name is known. */
    BlobDraft draft(String tenant) throws IOException;

    /** As {@link #putIfAbsent(BlobName, MemorySegment)}, of a draft of the same tenant, without a copy. */
    boolean putIfAbsent(BlobName name, BlobDraft draft) throws IOException;

    /** The object's bytes where they lie, or empty if there is none. The caller closes them. */
    Optional<StoredBytes> open(BlobName name) throws IOException;

    /** A local file with the object's bytes, to be sent from there, or empty if there is none. The caller closes it. */
    Optional<BlobFile> file(BlobName name) throws IOException;

    /** A URL from which the object, if it is there, can be fetched for a while by whoever has it; empty if the store has none. */
    default Optional<URI> url(BlobName name) {
        return Optional.empty();
    }

    /** The bytes of a small object in a new array, or empty if there is none. */
    Optional<byte[]> get(BlobName name) throws IOException;

    /** Whether there is such an object. */
    boolean exists(BlobName name) throws IOException;

    /** Deletes the object if it is there. */
    void delete(BlobName name) throws IOException;

    /** Objects written before {@code limit}. */
    List<BlobName> listExpired(Instant limit) throws IOException;
}
