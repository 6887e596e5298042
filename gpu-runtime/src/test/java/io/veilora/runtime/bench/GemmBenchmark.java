package io.veilora.runtime.bench;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.protocol.model.Direction;
import io.veilora.runtime.EngineUnavailableException;
import io.veilora.runtime.GemmShape;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.NativeGemm;
import io.veilora.runtime.SampledProduct;
import io.veilora.runtime.VectorGemm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
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
 * Speed of the CPU engines, in 10^9 multiply-accumulates (GMAC) a second and core; {@code src/bench/gemm} runs it and
 * takes JMH's options, as in {@code src/bench/gemm -p shape=256x2048x8192 -p threads=1}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class GemmBenchmark {
    @Param({"vector", "native"})
    public String engine;

    /** T x d_in x d_out. */
    @Param({"256x256x704", "256x2048x2048", "256x2048x8192", "256x8192x2048", "1024x2048x8192"})
    public String shape;

    @Param({"FORWARD", "BACKWARD"})
    public Direction direction;

    @Param({"1", "2"})
    public int threads;

    private ModularGemm gemm;
    private SampledProduct product;

    @Setup
    public void prepare() throws EngineUnavailableException {
        gemm = engine.equals("native") ? NativeGemm.open(threads) : new VectorGemm(threads);
        product = new SampledProduct(gemm, GemmShape.parse(shape), direction);
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
        product.multiply();
        cpu.seconds += 1e-9 * (cpu.system.getProcessCpuTime() - start);
        cpu.calls++;
    }

    @TearDown
    public void close() {
        product.close();
        gemm.close();
    }

    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException, IOException {
        double before = yardstick();
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(arguments))
                        .include(GemmBenchmark.class.getName())
                        .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
                        .build())
                .run();
        double yardstick = Math.max(before, yardstick());
        System.out.printf("%nYardstick, a VNNI kernel in cache: %.1f GMAC per CPU second%n%n", yardstick);
        System.out.println(
                "| engine | T x d_in x d_out | direction | threads | ms | GMAC/s per core | GMAC per CPU second | of the yardstick |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        results.forEach(result -> print(result, yardstick));
    }

    /** What the program named by the property prints, or NaN where there is none: no C compiler, no AVX-512. */
    private static double yardstick() throws IOException {
        String program = System.getProperty("veilora.yardstick", "");
        if (program.isEmpty()) {
            return Double.NaN;
        }
        Process process = new ProcessBuilder(program)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        return printed.isEmpty() ? Double.NaN : Double.parseDouble(printed);
    }

    private static void print(RunResult result, double yardstick) {
        BenchmarkParams run = result.getParams();
        int threads = Integer.parseInt(run.getParam("threads"));
        double gigaMacs = GemmShape.parse(run.getParam("shape")).gmac();
        double milliseconds = result.getPrimaryResult().getScore();
        double cpuSeconds = result.getSecondaryResults().get("seconds").getScore()
                / result.getSecondaryResults().get("calls").getScore();
        System.out.printf(
                "| %s | %s | %s | %d | %.2f | %.1f | %.1f | %.0f %% |%n",
                run.getParam("engine"),
                run.getParam("shape"),
                run.getParam("direction"),
                threads,
                milliseconds,
                gigaMacs / (milliseconds * 1e-3) / threads,
                gigaMacs / cpuSeconds,
                100 * gigaMacs / cpuSeconds / yardstick);
    }
}
