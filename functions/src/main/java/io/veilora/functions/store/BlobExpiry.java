package io.veilora.functions.store;

import io.veilora.functions.store.BlobName.Kind;
import java.io.IOException;
import java.time.Instant;

/**
 * Deletes what has expired. A step goes as a whole and its claim last: a step id must not be free for another body while
 * an old answer could still be found under it.
 */
public final class BlobExpiry {
    private final BlobStore blobs;

    public BlobExpiry(BlobStore blobs) {
        this.blobs = blobs;
    }

    /** Deletes the steps whose claim was written before {@code limit}, and what is left of steps without a claim. */
    public void sweep(Instant limit) throws IOException {
        for (BlobName name : blobs.listExpired(limit)) {
            BlobName claim = name.with(Kind.CLAIM);
            if (name.equals(claim)) {
                blobs.delete(name.with(Kind.REQUEST));
                blobs.delete(name.with(Kind.ANSWER));
                blobs.delete(name.with(Kind.PROBLEM));
                blobs.delete(claim);
            } else if (!blobs.exists(claim)) {
                blobs.delete(name);
            }
        }
    }
}
