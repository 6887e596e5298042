package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * The first GPU that the driver shows ({@code CUDA_VISIBLE_DEVICES} chooses), with this process's context on it. The context
 * lives until the last of those who opened the device has closed it.
 */
final class CudaDevice implements AutoCloseable {
    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final String name;

    private CudaDevice() {
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, 0));
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        byte[] text = new byte[256];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(text, text.length, device));
        name = new String(text, StandardCharsets.US_ASCII).trim();
        makeCurrent();
    }

    /**
     * Opens it and makes it current for the calling thread.
     *
     * @throws io.veilora.protocol.problem.RetriableException if a driver call fails
     */
    static CudaDevice open() {
        return new CudaDevice();
    }

    /** Whatever the calling thread asks next is about this device. A virtual thread asks again after it has waited. */
    void makeCurrent() {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    String name() {
        return name;
    }

    /** 80 for compute capability 8.0, 90 for 9.0. */
    int capability() {
        return 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    int multiprocessors() {
        return attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    }

    /** Most bytes of shared memory that a block can ask for. */
    int sharedBytes() {
        return attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /** Of this device's memory, as the calling thread's current context sees it. */
    static long freeBytes() {
        long[] free = new long[1];
        check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, new long[1]));
        return free[0];
    }

    @Override
    public void close() {
        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }
}
