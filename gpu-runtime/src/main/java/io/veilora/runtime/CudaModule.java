package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import io.veilora.protocol.model.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** The kernels of {@code src/main/cuda}, loaded on the current device, with the shape of their launches. */
final class CudaModule implements AutoCloseable {
    static final String FATBIN = "veilora.fatbin";

    private static final int SPLIT_THREADS = 256;
    private static final int SUM_THREADS = 128;
    private static final int PRODUCT_THREADS = 256;
    private static final int GEMM_BYTES = 72;

    private final CUmodule module = new CUmodule();
    private final CudaKernel kernel;
    private final CUfunction split;
    private final CUfunction sum;
    private final CUfunction forward;
    private final CUfunction backward;

    CudaModule(CudaKernel kernel) {
        this.kernel = kernel;
        check("cuModuleLoadData (needs a driver for CUDA 13)", JCudaDriver.cuModuleLoadData(module, fatbin()));
        split = function("veilora_split");
        sum = function("veilora_sum");
        forward = product(Direction.FORWARD);
        backward = product(Direction.BACKWARD);
    }

    private static byte[] fatbin() {
        try (InputStream in = CudaModule.class.getResourceAsStream(FATBIN)) {
            if (in == null) {
                throw new IllegalStateException("resource " + FATBIN + ": missing from the jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CUfunction function(String name) {
        CUfunction function = new CUfunction();
        check("cuModuleGetFunction " + name, JCudaDriver.cuModuleGetFunction(function, module, name));
        return function;
    }

    private CUfunction product(Direction direction) {
        CUfunction function = function("veilora_" + kernel.label() + "_" + direction.label());
        int sharedBytes = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        check("cuFuncSetAttribute", JCudaDriver.cuFuncSetAttribute(function, sharedBytes, kernel.sharedBytes()));
        return function;
    }

    CudaKernel kernel() {
        return kernel;
    }

    /** What a product reads and writes on the device; {@code partials} counts for a product of several splits only. */
    record Operands(long words, long planes, CudaWeights weights, long rows, long answers, long partials) {}

    /** Enqueues splitting the words into limbs and the product of the limbs. */
    void multiply(CudaProduct product, Direction direction, Operands operands, CUstream stream) {
        splitIntoLimbs(product, operands, stream);
        multiplyLimbs(product, direction, operands, stream);
    }

    private void splitIntoLimbs(CudaProduct product, Operands operands, CUstream stream) {
        int pitch = CudaProduct.pitch(product.depth());
        Pointer parameters = Pointer.to(
                Pointer.to(new long[] {operands.words()}),
                Pointer.to(new long[] {operands.planes()}),
                Pointer.to(new int[] {product.depth()}),
                Pointer.to(new int[] {pitch}));
        Grid grid = new Grid(Math.ceilDiv(pitch / 4, SPLIT_THREADS), product.tokens(), SPLIT_THREADS, 0);
        launch("veilora_split", split, grid, stream, parameters);
    }

    /** Enqueues the product of limbs that are there already. */
    void multiplyLimbs(CudaProduct product, Direction direction, Operands operands, CUstream stream) {
        Pointer gemm = Pointer.to(gemm(product, operands));
        Grid grid = new Grid(product.blocks(), product.splits(), PRODUCT_THREADS, kernel.sharedBytes());
        CUfunction function = direction == Direction.FORWARD ? forward : backward;
        launch("veilora_" + kernel.label(), function, grid, stream, Pointer.to(gemm));
        if (product.splits() > 1) {
            Pointer parameters = Pointer.to(gemm, Pointer.to(new int[] {product.splits()}));
            Grid sumGrid = new Grid(Math.ceilDiv(product.width(), 8 * SUM_THREADS), product.tokens(), SUM_THREADS, 0);
            launch("veilora_sum", sum, sumGrid, stream, parameters);
        }
    }

    /** The structure {@code Gemm} of gemm.cuh. */
    private static byte[] gemm(CudaProduct product, Operands operands) {
        CudaWeights weights = operands.weights();
        return ByteBuffer.allocate(GEMM_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(operands.planes())
                .putLong(weights.address())
                .putLong(operands.rows())
                .putLong(operands.answers())
                .putLong(product.splits() == 1 ? 0 : operands.partials())
                .putInt(product.tokens())
                .putInt(product.depth())
                .putInt(product.width())
                .putInt(weights.outputFeatures())
                .putInt(CudaProduct.pitch(weights.inputFeatures()))
                .putInt(CudaProduct.pitch(product.depth()))
                .putInt(product.stepsPerSplit())
                .array();
    }

    private record Grid(int x, int y, int threads, int sharedBytes) {}

    private static void launch(String name, CUfunction function, Grid grid, CUstream stream, Pointer parameters) {
        check(
                "cuLaunchKernel " + name,
                JCudaDriver.cuLaunchKernel(
                        function,
                        grid.x(),
                        grid.y(),
                        1,
                        grid.threads(),
                        1,
                        1,
                        grid.sharedBytes(),
                        stream,
                        parameters,
                        null));
    }

    @Override
    public void close() {
        check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
    }
}
