package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The CPU engine: exact {@code double} FMA in the lanes of the Vector API, over all cores. {@link TileProduct} holds the
 * arithmetic; here the answer is cut into {@link Tile}s that the engine's threads take one after another.
 *
 * <p>Needs {@code --add-modules jdk.incubator.vector}; {@link ModularGemms#best} finds out.
 */
public final class VectorGemm implements ModularGemm {
    private final int threads;
    private final ExecutorService executor;
    private final Lifetime lifetime = new Lifetime("vector engine");
    /** Idle workspaces; never more than threads. */
    private final ConcurrentLinkedQueue<TileProduct> workspaces = new ConcurrentLinkedQueue<>();

    /** One thread for each processor. */
    public VectorGemm() {
        this(Runtime.getRuntime().availableProcessors());
    }

    public VectorGemm(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: got " + threads + ", expected at least 1");
        }
        this.threads = threads;
        executor = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("veilora-gemm-", 0).daemon().factory());
    }

    @Override
    public String name() {
        return "vector (double FMA, %d lanes, %d %s)"
                .formatted(TileProduct.LANES, threads, threads == 1 ? "thread" : "threads");
    }

    @Override
    public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
        return HostWeights.copyOf(int8, outputFeatures, inputFeatures);
    }

    @Override
    public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
        HostWeights host = HostWeights.of(weights);
        StackedProducts stack = StackedProducts.of(host, direction, products);
        lifetime.use(() -> host.whileOpen(int8 -> computeAll(int8, stack)));
    }

    private void computeAll(MemorySegment int8, StackedProducts stack) {
        List<Tile> tiles = Tile.cut(stack.tokens(), stack.width(), stack.depth(), threads);
        AtomicInteger next = new AtomicInteger();
        int workers = Math.min(threads, tiles.size());
        try {
            // Waits for every worker even if the caller is interrupted: they write into the caller's memory.
            CompletableFuture.allOf(IntStream.range(0, workers)
                            .mapToObj(worker ->
                                    CompletableFuture.runAsync(() -> computeSome(int8, stack, tiles, next), executor))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void computeSome(MemorySegment int8, StackedProducts stack, List<Tile> tiles, AtomicInteger next) {
        TileProduct idle = workspaces.poll();
        TileProduct workspace = idle == null ? new TileProduct() : idle;
        for (int i = next.getAndIncrement(); i < tiles.size(); i = next.getAndIncrement()) {
            workspace.compute(int8, stack, tiles.get(i));
        }
        workspaces.add(workspace);
    }

    @Override
    public void close() {
        lifetime.end(executor::shutdown);
    }
}
