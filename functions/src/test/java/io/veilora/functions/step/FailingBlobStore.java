package io.veilora.functions.step;

import io.veilora.functions.store.BlobDraft;
import io.veilora.functions.store.BlobFile;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.StoredBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A real store whose writes fail for a while, as a network or a full disk makes them. */
final class FailingBlobStore implements BlobStore {
    private final BlobStore store;
    private final Predicate<BlobName> affected;
    private final String message;
    private int failures;
    private int attempts;

    FailingBlobStore(BlobStore store, Predicate<BlobName> affected, int failures, String message) {
        this.store = store;
        this.affected = affected;
        this.failures = failures;
        this.message = message;
    }

    /** Writes tried of the affected names. */
    int attempts() {
        return attempts;
    }

    @Override
    public boolean putIfAbsent(BlobName name, MemorySegment bytes) throws IOException {
        if (affected.test(name)) {
            attempts++;
            if (failures-- > 0) {
                throw new IOException(message);
            }
        }
        return store.putIfAbsent(name, bytes);
    }

    @Override
    public BlobDraft draft(String tenant) throws IOException {
        return store.draft(tenant);
    }

    @Override
    public boolean putIfAbsent(BlobName name, BlobDraft draft) throws IOException {
        return store.putIfAbsent(name, draft);
    }

    @Override
    public Optional<StoredBytes> open(BlobName name) throws IOException {
        return store.open(name);
    }

    @Override
    public Optional<BlobFile> file(BlobName name) throws IOException {
        return store.file(name);
    }

    @Override
    public Optional<byte[]> get(BlobName name) throws IOException {
        return store.get(name);
    }

    @Override
    public boolean exists(BlobName name) throws IOException {
        return store.exists(name);
    }

    @Override
    public void delete(BlobName name) throws IOException {
        store.delete(name);
    }

    @Override
    public List<BlobName> listExpired(Instant limit) throws IOException {
        return store.listExpired(limit);
    }
}
