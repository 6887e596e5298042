package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Host memory that the system cannot page out: the device copies from and to it by itself, beside its computing. */
final class PinnedMemory implements AutoCloseable {
    private final Pointer pointer = new Pointer();
    private final MemorySegment segment;

    PinnedMemory(long bytes) {
        check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
        segment = MemorySegment.ofAddress(CudaAddress.of(pointer)).reinterpret(bytes); // a buffer ends at 2 GiB
    }

    Pointer pointer() {
        return pointer;
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer));
    }
}
