package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import io.veilora.protocol.model.Direction;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * One thread's way to the device and back: a stream, pinned memory and device memory that are used again and grow when a
 * chunk needs more. Other lanes' copies and kernels run at the same time.
 */
final class CudaLane implements AutoCloseable {
    private final CUstream stream = new CUstream();
    private final CudaDevice device;
    private final Reused<PinnedMemory> hostInput = new Reused<>((purpose, bytes) -> new PinnedMemory(bytes));
    private final Reused<PinnedMemory> hostAnswers = new Reused<>((purpose, bytes) -> new PinnedMemory(bytes));
    private final Reused<CudaMemory> input = new Reused<>(CudaMemory::new);
    private final Reused<CudaMemory> planes = new Reused<>(CudaMemory::new);
    private final Reused<CudaMemory> answers = new Reused<>(CudaMemory::new);
    private final Reused<CudaMemory> partials = new Reused<>(CudaMemory::new);

    /** The calling thread has the device current. */
    CudaLane(CudaDevice device) {
        this.device = device;
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    }

    /** Multiplies one chunk, from the callers' memory to the callers' memory. */
    void multiply(CudaModule module, CudaWeights weights, Direction direction, CudaChunk chunk) {
        device.makeCurrent();
        CudaProduct product = chunk.product(device.multiprocessors());
        PinnedMemory words = hostInput.atLeast("requests", chunk.inputBytes());
        PinnedMemory values = hostAnswers.atLeast("answers", chunk.answerBytes());
        CudaMemory wordsThere = input.atLeast("requests", chunk.inputBytes());
        CudaMemory valuesThere = answers.atLeast("answers", chunk.answerBytes());
        CudaModule.Operands operands = new CudaModule.Operands(
                wordsThere.address() + chunk.wordsAt(),
                planes.atLeast("limbs", product.planeBytes()).address(),
                weights,
                wordsThere.address(),
                valuesThere.address(),
                product.splits() == 1
                        ? 0
                        : partials.atLeast("partial sums", product.partialBytes())
                                .address());

        chunk.writeInput(words.segment());
        try {
            check(
                    "cuMemcpyHtoDAsync",
                    JCudaDriver.cuMemcpyHtoDAsync(wordsThere.pointer(), words.pointer(), chunk.inputBytes(), stream));
            module.multiply(product, direction, operands, stream);
            check(
                    "cuMemcpyDtoHAsync",
                    JCudaDriver.cuMemcpyDtoHAsync(
                            values.pointer(), valuesThere.pointer(), chunk.answerBytes(), stream));
        } catch (RuntimeException e) {
            // What was enqueued before the failure still uses the buffers.
            JCudaDriver.cuStreamSynchronize(stream);
            throw e;
        }
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
        chunk.readAnswers(values.segment());
    }

    @Override
    public void close() {
        device.makeCurrent();
        partials.close();
        answers.close();
        planes.close();
        input.close();
        hostAnswers.close();
        hostInput.close();
        check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }
}
