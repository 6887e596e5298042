package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Bytes on the device. */
final class CudaMemory implements AutoCloseable {
    private final CUdeviceptr pointer = new CUdeviceptr();
    private final long bytes;
    private final long address;

    /**
     * @param purpose for the error, as in {@code weights (2048 outputs × 8192 inputs)}
     * @throws io.veilora.protocol.problem.RetriableException UNAVAILABLE if the device has not that much left
     */
    CudaMemory(String purpose, long bytes) {
        int result = JCudaDriver.cuMemAlloc(pointer, bytes);
        if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw CudaFailure.outOfMemory(purpose, bytes, CudaDevice.freeBytes());
        }
        check("cuMemAlloc", result);
        this.bytes = bytes;
        address = CudaAddress.of(pointer);
    }

    CUdeviceptr pointer() {
        return pointer;
    }

    long address() {
        return address;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        check("cuMemFree", JCudaDriver.cuMemFree(pointer));
    }
}
