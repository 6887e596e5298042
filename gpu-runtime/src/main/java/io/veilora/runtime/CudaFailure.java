package io.veilora.runtime;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import jcuda.driver.CUresult;

/** What the CUDA driver refused, by the name of the call and of its answer. */
final class CudaFailure {
    private CudaFailure() {}

    /**
     * Every driver call goes through here.
     *
     * @throws RetriableException STEP_FAILED unless {@code result} is success: another replica's device can do it
     */
    static void check(String call, int result) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new RetriableException(Problem.of(ProblemCode.STEP_FAILED)
                    .detail("%s: got %s, expected CUDA_SUCCESS", call, CUresult.stringFor(result))
                    .remedy("send the step again; if that fails too, restart the provider and look at nvidia-smi"));
        }
    }

    /** The device is full: waiting for others' work to end, or fewer weights on it, can help. */
    static RetriableException outOfMemory(String purpose, long bytes, long free) {
        return new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)
                .detail("GPU memory for %s: got %,d bytes free, expected %,d", purpose, free, bytes)
                .remedy("send the step again later; for good: lower veilora.weights.max-bytes or take a larger GPU"));
    }
}
