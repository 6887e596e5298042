package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The GPU engine: int8 weights stay on the device, words go there in chunks of tokens, are split into four limbs, multiplied
 * on tensor cores with exact int32 sums, and come back reduced mod {@code q} and rounded ({@code src/main/cuda} has the
 * arithmetic). A few lanes, each a thread with a stream, overlap the copies of one chunk with the product of another,
 * whether of one call or of several.
 */
public final class CudaGemm implements ModularGemm {
    /** One copies in, one multiplies, one copies out, and one waits for its turn. */
    private static final int LANES = 4;

    private static final int STAGING_BYTES = 8 << 20;

    /** What lanes may come to need, with room for the driver's own; at most half of a small device. */
    private static final long RESERVED_BYTES = 1L << 30;

    private final CudaDevice device;
    private final CudaModule module;
    private final PinnedMemory staging;
    private final ExecutorService executor = Executors.newFixedThreadPool(
            LANES, Thread.ofPlatform().name("veilora-cuda-", 0).daemon().factory());
    /** Idle lanes; never more than threads. */
    private final ConcurrentLinkedQueue<CudaLane> lanes = new ConcurrentLinkedQueue<>();

    private final Lifetime lifetime = new Lifetime("CUDA engine");
    private final String name;
    private final long memoryBytes;

    private CudaGemm(CudaDevice device, CudaKernel kernel) {
        this.device = device;
        module = new CudaModule(kernel);
        staging = new PinnedMemory(STAGING_BYTES);
        int capability = device.capability();
        name = "CUDA (%s, %d.%d, %s)".formatted(device.name(), capability / 10, capability % 10, kernel.label());
        long free = CudaDevice.freeBytes();
        memoryBytes = free - Math.min(RESERVED_BYTES, free / 2);
    }

    /**
     * Opens the first device with one kernel, unchecked; {@link CudaChoice} also compares it with the reference.
     *
     * @throws io.veilora.protocol.problem.VeiloraException if the driver refuses; the device is left as it was
     * @throws IllegalStateException if the device's generation has no such kernel
     */
    static CudaGemm open(CudaKernel kernel) {
        CudaDevice device = CudaDevice.open();
        try {
            if (!kernel.runsOn(device.capability())) {
                throw new IllegalStateException(
                        "%s has compute capability %.1f".formatted(device.name(), device.capability() / 10.0));
            }
            return new CudaGemm(device, kernel);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public OptionalLong memoryBytes() {
        return OptionalLong.of(memoryBytes);
    }

    @Override
    public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
        HostWeights.checkSize(int8, outputFeatures, inputFeatures);
        List<ResidentWeights> loaded = new ArrayList<>(1);
        // In the caller's thread: the source may be confined to it.
        lifetime.use(() -> {
            synchronized (staging) {
                loaded.add(CudaWeights.copyOf(int8, outputFeatures, inputFeatures, staging));
            }
        });
        return loaded.getFirst();
    }

    @Override
    public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
        CudaWeights there = CudaWeights.of(weights);
        StackedProducts stack = StackedProducts.of(there, direction, products);
        lifetime.use(() -> there.whileOpen(() -> multiplyAll(there, direction, CudaChunk.cut(stack))));
    }

    private void multiplyAll(CudaWeights weights, Direction direction, List<CudaChunk> chunks) {
        try {
            // Waits for every chunk even if one fails: they write into the caller's memory.
            CompletableFuture.allOf(chunks.stream()
                            .map(chunk ->
                                    CompletableFuture.runAsync(() -> multiply(weights, direction, chunk), executor))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void multiply(CudaWeights weights, Direction direction, CudaChunk chunk) {
        CudaLane idle = lanes.poll();
        if (idle == null) {
            device.makeCurrent();
            idle = new CudaLane(device);
        }
        try {
            idle.multiply(module, weights, direction, chunk);
        } finally {
            lanes.add(idle);
        }
    }

    @Override
    public void close() {
        lifetime.end(() -> {
            executor.shutdown();
            try {
                lanes.forEach(CudaLane::close);
                device.makeCurrent();
                staging.close();
                module.close();
            } finally {
                device.close(); // gives back what a failed device did not
            }
        });
    }
}
