package io.veilora.runtime;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A CPU engine's threads: they take tiles one after another, each with a workspace {@code W} of its own. */
final class TileWorkers<W> implements AutoCloseable {
    private final int threads;
    private final Supplier<W> newWorkspace;
    private final ExecutorService executor;
    /** Idle workspaces; never more than threads. */
    private final ConcurrentLinkedQueue<W> workspaces = new ConcurrentLinkedQueue<>();

    TileWorkers(int threads, Supplier<W> newWorkspace) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: got " + threads + ", expected at least 1");
        }
        this.threads = threads;
        this.newWorkspace = newWorkspace;
        executor = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("veilora-gemm-", 0).daemon().factory());
    }

    int threads() {
        return threads;
    }

    /** As in {@code 2 threads}. */
    String label() {
        return threads + (threads == 1 ? " thread" : " threads");
    }

    /** Returns when all tiles are computed, even if the caller is interrupted: workers write into the caller's memory. */
    void forEach(List<Tile> tiles, BiConsumer<W, Tile> compute) {
        AtomicInteger next = new AtomicInteger();
        try {
            CompletableFuture.allOf(IntStream.range(0, Math.min(threads, tiles.size()))
                            .mapToObj(worker ->
                                    CompletableFuture.runAsync(() -> computeSome(tiles, next, compute), executor))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void computeSome(List<Tile> tiles, AtomicInteger next, BiConsumer<W, Tile> compute) {
        W idle = workspaces.poll();
        W workspace = idle == null ? newWorkspace.get() : idle;
        try {
            for (int i = next.getAndIncrement(); i < tiles.size(); i = next.getAndIncrement()) {
                compute.accept(workspace, tiles.get(i));
            }
        } finally {
            workspaces.add(workspace);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
