package io.veilora.client.bundle;

import io.veilora.client.crypto.HintRows;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.HintDigests;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.HintCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hints that are not kept, fetched chunk by chunk when they are used. Holds a bounded number of chunks: those of the rows in
 * use, and, fetched ahead while the provider computes, those that follow, first of the same hint, then of the hint that
 * came after it the last time (training asks in the same order at every step). No chunk is handed out before its digest
 * was found in {@link HintDigests}. What is fetched and when depends on the order of layers alone, never on data.
 */
final class HintStream implements AutoCloseable {
    /** Chunks whose rows are readable at once. */
    private static final int WINDOW_CHUNKS = 4;

    /** Requests at once: enough to fill a line, few enough that steps get through. */
    private static final int REQUESTS = 4;

    private record Chunk(HintId hint, int index) {}

    private final ProviderConnection connection;
    private final ModelManifest manifest;
    private final HintDigests digests;
    private final int capacity;
    private final Map<Chunk, CompletableFuture<byte[]>> held = new HashMap<>();
    private final Map<HintId, HintId> successors = new HashMap<>();
    private final ExecutorService fetchers = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore requests = new Semaphore(REQUESTS, true);
    private final LongAdder fetchedBytes = new LongAdder();
    private HintId last;
    private boolean closed;

    /** @param bufferBytes memory for chunks; at least two windows are held in any case */
    HintStream(ProviderConnection connection, ModelManifest manifest, HintDigests digests, long bufferBytes) {
        this.connection = connection;
        this.manifest = manifest;
        this.digests = digests;
        long chunkBytes = (long) HintChunks.ROWS * HintCodec.rowBytes(manifest.parameters());
        this.capacity = (int) Math.clamp(bufferBytes / chunkBytes, 2 * WINDOW_CHUNKS, 1 << 16);
    }

    /** Bytes fetched up to now. */
    long fetchedBytes() {
        return fetchedBytes.sum();
    }

    HintRows rows(HintId hint) {
        return new Rows(hint);
    }

    private HintChunks chunks(HintId hint) {
        return manifest.hintChunks(manifest.layer(hint.layer()), hint.direction());
    }

    /** {@code hint} comes next: notes what it follows, and starts to fetch. */
    private synchronized void begin(HintId hint) {
        requireOpen();
        if (last != null) {
            successors.put(last, hint);
        }
        last = hint;
        holdFrom(hint, 0);
    }

    private synchronized List<CompletableFuture<byte[]>> held(HintId hint, int first, int count) {
        requireOpen();
        holdFrom(hint, first);
        List<CompletableFuture<byte[]>> chunks = new ArrayList<>();
        for (int index = first; index < first + count; index++) {
            chunks.add(held.get(new Chunk(hint, index)));
        }
        return chunks;
    }

    private synchronized boolean isHeld(Chunk chunk, CompletableFuture<byte[]> bytes) {
        return held.get(chunk) == bytes;
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    /** Holds the {@code capacity} chunks from this one on, in the order of use, and no others. */
    private void holdFrom(HintId hint, int first) {
        Set<Chunk> wanted = ahead(hint, first);
        held.entrySet()
                .removeIf(entry ->
                        !wanted.contains(entry.getKey()) || entry.getValue().isCompletedExceptionally());
        for (Chunk chunk : wanted) {
            held.computeIfAbsent(chunk, this::fetch);
        }
    }

    private Set<Chunk> ahead(HintId hint, int first) {
        Set<Chunk> wanted = new LinkedHashSet<>();
        Set<HintId> seen = new LinkedHashSet<>();
        int index = first;
        for (HintId next = hint; next != null && seen.add(next); next = successors.get(next)) {
            for (; index < chunks(next).count(); index++) {
                if (wanted.size() == capacity) {
                    return wanted;
                }
                wanted.add(new Chunk(next, index));
            }
            index = 0;
        }
        return wanted;
    }

    private CompletableFuture<byte[]> fetch(Chunk chunk) {
        CompletableFuture<byte[]> bytes = new CompletableFuture<>();
        fetchers.execute(() -> {
            requests.acquireUninterruptibly();
            try {
                if (isHeld(chunk, bytes)) {
                    ProviderConnection.await(connection.retrying(() -> bytes.complete(fetchOnce(chunk))));
                } else {
                    bytes.cancel(false); // no longer wanted; who waits for it asks again
                }
            } catch (RuntimeException | Error e) {
                bytes.completeExceptionally(e);
            } finally {
                requests.release();
            }
        });
        return bytes;
    }

    /** One attempt. */
    private byte[] fetchOnce(Chunk chunk) throws IOException {
        requireOpen();
        HintId hint = chunk.hint;
        HintChunks chunks = chunks(hint);
        long from = chunks.offset(chunk.index);
        FileRange range = new FileRange(manifest.model(), hint.file(manifest), from, from + chunks.bytes(chunk.index));
        byte[] bytes = range.read(connection);
        fetchedBytes.add(bytes.length);
        if (!digests.match(hint.layer(), hint.direction(), chunk.index, bytes)) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail(
                            "model '%s', file %s: bytes %d to %d do not have the digest of the manifest",
                            manifest.model(), range.file().path(), range.from(), range.end() - 1)
                    .remedy("ask the provider to import the model again"));
        }
        return bytes;
    }

    /** The rows of one hint. */
    private final class Rows implements HintRows {
        private final HintId hint;
        private int firstChunk;
        private List<byte[]> window = List.of();

        Rows(HintId hint) {
            this.hint = hint;
        }

        @Override
        public int window() {
            return WINDOW_CHUNKS * HintChunks.ROWS;
        }

        @Override
        public void prefetch() {
            begin(hint);
        }

        @Override
        public void load(int first, int count) {
            int chunk = first / HintChunks.ROWS;
            int end = (first + count + HintChunks.ROWS - 1) / HintChunks.ROWS;
            boolean triedAnew = false;
            while (true) {
                try {
                    window = held(hint, chunk, end - chunk).stream()
                            .map(ProviderConnection::await)
                            .toList();
                    firstChunk = chunk;
                    return;
                } catch (CancellationException e) {
                    // another thread's hint took the place; ask again
                } catch (RetriableException e) {
                    if (triedAnew) {
                        throw e;
                    }
                    triedAnew = true; // fetched ahead: its patience may have ended before anybody waited
                }
            }
        }

        @Override
        public void release() {
            window = List.of();
        }

        @Override
        public void read(int first, int count, byte[] out) {
            int rowBytes = HintCodec.rowBytes(manifest.parameters());
            for (int row = first; row < first + count; row++) {
                byte[] chunk = window.get(row / HintChunks.ROWS - firstChunk);
                System.arraycopy(chunk, row % HintChunks.ROWS * rowBytes, out, (row - first) * rowBytes, rowBytes);
            }
        }
    }

    /** Stops fetching; rows of this stream must not be used any more. */
    @Override
    public synchronized void close() {
        closed = true;
        held.clear();
        fetchers.shutdown();
    }
}
