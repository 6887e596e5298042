package io.veilora.runtime;

import jcuda.Pointer;

/** JCuda shows a pointer's number to subclasses only; kernels take it inside a structure, and Java's memory access too. */
final class CudaAddress extends Pointer {
    private CudaAddress(Pointer pointer) {
        super(pointer);
    }

    static long of(Pointer pointer) {
        CudaAddress address = new CudaAddress(pointer);
        return address.getNativePointer() + address.getByteOffset();
    }
}
