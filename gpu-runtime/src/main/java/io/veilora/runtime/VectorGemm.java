package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The portable CPU engine: exact {@code double} FMA in the lanes of the Vector API, over all cores. {@link TileProduct} holds the
 * arithmetic; here the answer is cut into {@link Tile}s for the engine's {@link TileWorkers}.
 *
 * <p>Needs {@code --add-modules jdk.incubator.vector}; {@link ModularGemms#best} finds out.
 */
public final class VectorGemm implements ModularGemm {
    private final TileWorkers<TileProduct> workers;
    private final Lifetime lifetime = new Lifetime("vector engine");

    /** One thread for each processor. */
    public VectorGemm() {
        this(Runtime.getRuntime().availableProcessors());
    }

    public VectorGemm(int threads) {
        workers = new TileWorkers<>(threads, TileProduct::new);
    }

    @Override
    public String name() {
        return "vector (double FMA, %d lanes, %s)".formatted(TileProduct.LANES, workers.label());
    }

    @Override
    public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
        return HostWeights.copyOf(int8, outputFeatures, inputFeatures);
    }

    @Override
    public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
        HostWeights host = HostWeights.of(weights);
        StackedProducts stack = StackedProducts.of(host, direction, products);
        lifetime.use(() -> host.whileOpen(int8 -> workers.forEach(
                Tile.cut(stack, TileProduct.GRAIN, workers.threads()),
                (workspace, tile) -> workspace.compute(int8, stack, tile))));
    }

    @Override
    public void close() {
        lifetime.end(workers::close);
    }
}
