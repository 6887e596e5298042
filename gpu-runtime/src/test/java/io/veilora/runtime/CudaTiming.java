package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** One product with random operands in device memory, repeated between two CUDA events. */
final class CudaTiming implements AutoCloseable {
    private static final int WARM_UP = 3;
    private static final int PIECE = 8 << 20;

    /** Enough to fill the clock's ticks at a millisecond and not to take long at a hundred. */
    private static final double SECONDS = 0.2;

    private final CudaDevice device = CudaDevice.open();
    private final CUstream stream = new CUstream();
    private final CUevent start = new CUevent();
    private final CUevent end = new CUevent();
    private final PinnedMemory random = new PinnedMemory(PIECE);
    private final CudaModule module;

    private CudaTiming(CudaKernel kernel) {
        module = new CudaModule(kernel);
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        check("cuEventCreate", JCudaDriver.cuEventCreate(start, 0));
        check("cuEventCreate", JCudaDriver.cuEventCreate(end, 0));
        byte[] bytes = new byte[PIECE];
        new SplittableRandom(1).nextBytes(bytes);
        random.segment().copyFrom(MemorySegment.ofArray(bytes));
    }

    /** Milliseconds of one product, the mean of many. */
    static double millis(CudaKernel kernel, GemmShape shape, Direction direction) {
        try (CudaTiming timing = new CudaTiming(kernel);
                Arena arena = Arena.ofConfined();
                CudaWeights weights = timing.weights(arena, shape)) {
            CudaProduct product = CudaProduct.plan(
                    shape.tokens(), shape.depth(direction), shape.width(direction), timing.device.multiprocessors());
            return timing.millis(product, direction, weights);
        }
    }

    private CudaWeights weights(Arena arena, GemmShape shape) {
        long bytes = (long) shape.inputFeatures() * shape.outputFeatures();
        MemorySegment int8 = arena.allocate(bytes);
        for (long at = 0; at < bytes; at += PIECE) {
            MemorySegment.copy(random.segment(), 0, int8, at, Math.min(PIECE, bytes - at));
        }
        try (PinnedMemory staging = new PinnedMemory(PIECE)) {
            return CudaWeights.copyOf(int8, shape.outputFeatures(), shape.inputFeatures(), staging);
        }
    }

    private double millis(CudaProduct product, Direction direction, CudaWeights weights) {
        long answerBytes = (long) product.tokens() * product.width() * Short.BYTES;
        try (CudaMemory words = randomWords(product);
                CudaMemory planes = new CudaMemory("limbs", product.planeBytes());
                CudaMemory rows = rows(product);
                CudaMemory answers = new CudaMemory("answers", answerBytes);
                CudaMemory partials = new CudaMemory("partial sums", Math.max(1, product.partialBytes()))) {
            CudaModule.Operands operands = new CudaModule.Operands(
                    words.address(), planes.address(), weights, rows.address(), answers.address(), partials.address());
            double once = repeated(WARM_UP, product, direction, operands) / WARM_UP;
            int times = (int) Math.clamp(1e3 * SECONDS / once, 1, 1000);
            return repeated(times, product, direction, operands) / times;
        }
    }

    private CudaMemory randomWords(CudaProduct product) {
        CudaMemory words = new CudaMemory("requests", product.wordBytes());
        for (long at = 0; at < words.bytes(); at += PIECE) {
            long piece = Math.min(PIECE, words.bytes() - at);
            check(
                    "cuMemcpyHtoD",
                    JCudaDriver.cuMemcpyHtoD(words.pointer().withByteOffset(at), random.pointer(), piece));
        }
        return words;
    }

    /** 16-bit answers, one token after another. */
    private CudaMemory rows(CudaProduct product) {
        CudaMemory rows = new CudaMemory("places", (long) product.tokens() * Long.BYTES);
        long[] places = new long[product.tokens()];
        for (int token = 0; token < places.length; token++) {
            places[token] = (long) token * product.width() * Short.BYTES << 1;
        }
        check("cuMemcpyHtoD", JCudaDriver.cuMemcpyHtoD(rows.pointer(), Pointer.to(places), rows.bytes()));
        return rows;
    }

    private float repeated(int times, CudaProduct product, Direction direction, CudaModule.Operands operands) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(start, stream));
        for (int i = 0; i < times; i++) {
            module.multiply(product, direction, operands, stream);
        }
        check("cuEventRecord", JCudaDriver.cuEventRecord(end, stream));
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
        float[] millis = new float[1];
        check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(millis, start, end));
        return millis[0];
    }

    @Override
    public void close() {
        random.close();
        check("cuEventDestroy", JCudaDriver.cuEventDestroy(end));
        check("cuEventDestroy", JCudaDriver.cuEventDestroy(start));
        check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
        module.close();
        device.close();
    }
}
