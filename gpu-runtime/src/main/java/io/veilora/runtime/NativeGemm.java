package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The fast CPU engine: C kernels for the vector units' integer dot products ({@link NativeKernel}), over all cores. The
 * weights are the same {@link HostWeights} that the other CPU engines use.
 */
public final class NativeGemm implements ModularGemm {
    private final NativeKernel kernel;
    private final Arena arena = Arena.ofShared();
    private final TileWorkers<NativeTile> workers;
    private final Lifetime lifetime = new Lifetime("native engine");

    /** Used by tests to force an instruction set. */
    NativeGemm(NativeKernel kernel, int threads) {
        this.kernel = kernel;
        workers = new TileWorkers<>(threads, () -> new NativeTile(kernel, arena));
    }

    /**
     * With the best instructions that this processor has.
     *
     * @throws EngineUnavailableException if it has none of them, or the library does not load
     */
    public static NativeGemm open(int threads) throws EngineUnavailableException {
        NativeLibrary library = NativeLibrary.bundled();
        for (NativeIsa isa : NativeIsa.values()) {
            if (NativeKernel.supported(library, isa)) {
                return new NativeGemm(new NativeKernel(library, isa), threads);
            }
        }
        throw new EngineUnavailableException("this processor has neither AVX2 nor better");
    }

    @Override
    public String name() {
        return "native (%s, %s)".formatted(kernel.isa().label(), workers.label());
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
                Tile.cut(stack, kernel.grain(), workers.threads()),
                (workspace, tile) -> workspace.compute(int8, stack, tile))));
    }

    @Override
    public void close() {
        lifetime.end(() -> {
            workers.close();
            arena.close();
        });
    }
}
