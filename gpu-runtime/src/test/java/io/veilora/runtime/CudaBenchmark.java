package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.util.List;
import java.util.stream.Stream;

/**
 * Speed of the CUDA engine: {@code CudaBenchmark KERNEL [T x d_in x d_out ...]}, one line of JSON a shape and direction.
 * Without shapes all remote layers of Llama-3.2-1B and 8B at 256, 1024 and 4096 tokens. {@code src/bench/gpu} compares them
 * with bf16 products of PyTorch.
 *
 * <p>{@code ms} is the device's time for splitting, product and sum, everything in device memory, by CUDA events;
 * {@code call_ms} that of a whole call, from host memory to host memory, its answer checked on a sample of tokens.
 */
public final class CudaBenchmark {
    /** d_in x d_out of qkv, o, gate_up, down and lm_head. */
    private static final List<String> LLAMA_1B =
            List.of("2048x3072", "2048x2048", "2048x16384", "8192x2048", "2048x128256");

    private static final List<String> LLAMA_8B =
            List.of("4096x6144", "4096x4096", "4096x28672", "14336x4096", "4096x128256");

    private static final double CALL_SECONDS = 0.3;

    private CudaBenchmark() {}

    public static void main(String[] arguments) throws EngineUnavailableException {
        CudaKernel kernel = CudaKernel.wanted(arguments[0]).orElseThrow();
        List<GemmShape> shapes = arguments.length > 1
                ? Stream.of(arguments).skip(1).map(GemmShape::parse).toList()
                : llamaShapes();
        for (GemmShape shape : shapes) {
            for (Direction direction : Direction.values()) {
                System.out.println(measured(kernel, shape, direction));
            }
        }
    }

    private static List<GemmShape> llamaShapes() {
        return Stream.of(256, 1024, 4096)
                .flatMap(tokens -> Stream.concat(LLAMA_1B.stream(), LLAMA_8B.stream())
                        .map(layer -> GemmShape.parse(tokens + "x" + layer)))
                .toList();
    }

    private static String measured(CudaKernel kernel, GemmShape shape, Direction direction)
            throws EngineUnavailableException {
        double callMillis;
        try (CudaGemm engine = CudaChoice.open(kernel)) {
            GemmSpeed speed = GemmSpeed.measure(engine, shape, direction, CALL_SECONDS);
            callMillis = 1e3 * shape.gmac() / speed.gmacPerSecond();
        }
        double millis = CudaTiming.millis(kernel, shape, direction);
        return "{\"kernel\": \"%s\", \"shape\": \"%s\", \"direction\": \"%s\", \"ms\": %.4f, \"call_ms\": %.3f}"
                .formatted(kernel.label(), shape, direction.label(), millis, callMillis);
    }
}
