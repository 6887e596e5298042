package io.veilora.runtime.bench;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import io.veilora.runtime.VectorGemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Speed of the Vector engine, in 10^9 multiply-accumulates (GMAC) a second and core; {@code src/bench/gemm} runs it and
 * takes JMH's options, as in {@code src/bench/gemm -p shape=256x2048x8192 -p threads=1}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class GemmBenchmark {
    /** T x d_in x d_out. */
    @Param({"256x256x704", "256x2048x2048", "256x2048x8192", "256x8192x2048", "1024x2048x8192"})
    public String shape;

    @Param({"FORWARD", "BACKWARD"})
    public Direction direction;

    @Param({"1", "2"})
    public int threads;

    private final Arena arena = Arena.ofShared();
    private ModularGemm engine;
    private ResidentWeights weights;
    private Product product;

    @Setup
    public void prepareAndCheck() {
        int[] sizes = sizes(shape);
        boolean forward = direction == Direction.FORWARD;
        MemorySegment int8 = random((long) sizes[1] * sizes[2]);
        MemorySegment input = random(4L * sizes[0] * sizes[forward ? 1 : 2]);
        MemorySegment output = arena.allocate(2L * sizes[0] * sizes[forward ? 2 : 1], 64);
        engine = new VectorGemm(threads);
        weights = engine.load(int8, sizes[2], sizes[1]);
        product = new Product(input, sizes[0], output, AnswerBits.BITS_16);
        multiply();
        checkLastToken(int8);
    }

    private void checkLastToken(MemorySegment int8) {
        long inputRow = product.input().byteSize() / product.tokens();
        long outputRow = product.output().byteSize() / product.tokens();
        long last = product.tokens() - 1;
        MemorySegment expected = arena.allocate(outputRow);
        try (ScalarGemm scalar = new ScalarGemm();
                ResidentWeights same = scalar.load(int8, weights.outputFeatures(), weights.inputFeatures())) {
            MemorySegment token = product.input().asSlice(last * inputRow, inputRow);
            scalar.multiply(same, direction, List.of(new Product(token, 1, expected, AnswerBits.BITS_16)));
        }
        if (expected.mismatch(product.output().asSlice(last * outputRow, outputRow)) != -1) {
            throw new IllegalStateException("wrong result: " + shape + " " + direction);
        }
    }

    /** CPU time of the whole process: on a busy machine the figure to believe. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Cpu {
        public long calls;
        public double seconds;
        private final OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    @Benchmark
    public void measure(Cpu cpu) {
        long start = cpu.system.getProcessCpuTime();
        multiply();
        cpu.seconds += 1e-9 * (cpu.system.getProcessCpuTime() - start);
        cpu.calls++;
    }

    private void multiply() {
        engine.multiply(weights, direction, List.of(product));
    }

    @TearDown
    public void close() {
        weights.close();
        engine.close();
        arena.close();
    }

    private MemorySegment random(long bytes) {
        byte[] values = new byte[Math.toIntExact(bytes)];
        new SplittableRandom(bytes).nextBytes(values);
        return arena.allocate(bytes, 64).copyFrom(MemorySegment.ofArray(values));
    }

    private static int[] sizes(String shape) {
        String[] parts = shape.split("x");
        return new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2])};
    }

    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(arguments))
                        .include(GemmBenchmark.class.getName())
                        .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
                        .build())
                .run();
        System.out.println("\n| T x d_in x d_out | direction | threads | ms | GMAC/s per core | GMAC per CPU second |");
        System.out.println("|---|---|---|---|---|---|");
        results.forEach(GemmBenchmark::print);
    }

    private static void print(RunResult result) {
        BenchmarkParams run = result.getParams();
        int[] sizes = sizes(run.getParam("shape"));
        int threads = Integer.parseInt(run.getParam("threads"));
        double gigaMacs = 1e-9 * sizes[0] * sizes[1] * sizes[2];
        double milliseconds = result.getPrimaryResult().getScore();
        double cpuSeconds = result.getSecondaryResults().get("seconds").getScore()
                / result.getSecondaryResults().get("calls").getScore();
        System.out.printf(
                "| %s | %s | %d | %.2f | %.1f | %.1f |%n",
                run.getParam("shape"),
                run.getParam("direction"),
                threads,
                milliseconds,
                gigaMacs / (milliseconds * 1e-3) / threads,
                gigaMacs / cpuSeconds);
    }
}
