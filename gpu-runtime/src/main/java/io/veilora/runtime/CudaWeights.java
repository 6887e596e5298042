package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import java.lang.foreign.MemorySegment;
import jcuda.driver.JCudaDriver;

/** Weights on the device: one int8 copy, (d_out, d_in rounded up to 64), zero beyond d_in, for both directions. */
final class CudaWeights implements ResidentWeights {
    private final CudaDevice device;
    private final int outputFeatures;
    private final int inputFeatures;
    private final CudaMemory memory;
    private final Lifetime lifetime;

    private CudaWeights(int outputFeatures, int inputFeatures) {
        String shape = "weights (%d outputs × %d inputs)".formatted(outputFeatures, inputFeatures);
        this.outputFeatures = outputFeatures;
        this.inputFeatures = inputFeatures;
        lifetime = new Lifetime(shape);
        device = CudaDevice.open(); // of their own: weights may be closed after their engine
        try {
            memory = new CudaMemory(shape, (long) outputFeatures * CudaProduct.pitch(inputFeatures));
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /** Copies weights of a checked size through pinned memory, which the calling thread has to itself. */
    static CudaWeights copyOf(MemorySegment int8, int outputFeatures, int inputFeatures, PinnedMemory staging) {
        CudaWeights weights = new CudaWeights(outputFeatures, inputFeatures);
        try {
            weights.fill(int8, staging);
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private void fill(MemorySegment int8, PinnedMemory staging) {
        long total = memory.bytes();
        long pitch = CudaProduct.pitch(inputFeatures);
        long piece = staging.segment().byteSize();
        for (long at = 0; at < total; at += piece) {
            long end = Math.min(at + piece, total);
            if (pitch == inputFeatures) {
                MemorySegment.copy(int8, at, staging.segment(), 0, end - at);
            } else {
                copyRows(int8, at, end, staging.segment());
            }
            check(
                    "cuMemcpyHtoD",
                    JCudaDriver.cuMemcpyHtoD(memory.pointer().withByteOffset(at), staging.pointer(), end - at));
        }
    }

    /** Bytes {@code at .. end} of the padded matrix; a row may begin before and end after. */
    private void copyRows(MemorySegment int8, long at, long end, MemorySegment target) {
        long pitch = CudaProduct.pitch(inputFeatures);
        target.asSlice(0, end - at).fill((byte) 0);
        for (long row = at / pitch; row * pitch < end; row++) {
            long from = Math.max(at, row * pitch);
            long to = Math.min(end, row * pitch + inputFeatures);
            if (from < to) {
                long source = row * inputFeatures + (from - row * pitch);
                MemorySegment.copy(int8, source, target, from - at, to - from);
            }
        }
    }

    /** The CUDA engine's own kind, or an error that names the other. */
    static CudaWeights of(ResidentWeights weights) {
        if (weights instanceof CudaWeights device) {
            return device;
        }
        throw HostWeights.ofAnotherEngine(weights);
    }

    /** Runs {@code use} before the memory is given back, or throws {@link IllegalStateException} after it was. */
    void whileOpen(Runnable use) {
        lifetime.use(use);
    }

    long address() {
        return memory.address();
    }

    @Override
    public int outputFeatures() {
        return outputFeatures;
    }

    @Override
    public int inputFeatures() {
        return inputFeatures;
    }

    @Override
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        lifetime.end(() -> {
            device.makeCurrent();
            try {
                memory.close();
            } finally {
                device.close();
            }
        });
    }
}
