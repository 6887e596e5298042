package io.veilora.runtime;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.protocol.model.Direction;
import java.lang.management.ManagementFactory;

/**
 * How fast an engine multiplies one shape, every answer checked on a sample of its tokens.
 *
 * @param shape what was multiplied
 * @param direction in which direction
 * @param calls multiplications that were timed
 * @param gmacPerSecond 10^9 multiply-accumulates mod q a second of wall time, all threads together
 * @param gmacPerSecondPerCore the same per second of the process' CPU time: on a busy machine the figure to believe, and
 *     meaningless for an engine that computes on a device
 */
public record GemmSpeed(
        GemmShape shape, Direction direction, int calls, double gmacPerSecond, double gmacPerSecondPerCore) {
    /** The rest of the time warms up: the JVM compiles, the caches fill. */
    private static final double TIMED_PART = 0.6;

    /**
     * Multiplies over and over for about {@code seconds}, at least once warming up and once timed.
     *
     * @throws IllegalStateException if an answer differs from the reference
     */
    public static GemmSpeed measure(ModularGemm engine, GemmShape shape, Direction direction, double seconds) {
        try (SampledProduct product = new SampledProduct(engine, shape, direction)) {
            repeat(product, (1 - TIMED_PART) * seconds);
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpuStart = system.getProcessCpuTime();
            long start = System.nanoTime();
            int calls = repeat(product, TIMED_PART * seconds);
            double wallSeconds = 1e-9 * (System.nanoTime() - start);
            double cpuSeconds = 1e-9 * (system.getProcessCpuTime() - cpuStart);
            double gmac = calls * shape.gmac();
            return new GemmSpeed(shape, direction, calls, gmac / wallSeconds, gmac / cpuSeconds);
        }
    }

    private static int repeat(SampledProduct product, double seconds) {
        long start = System.nanoTime();
        int calls = 0;
        do {
            product.multiply();
            calls++;
        } while (1e-9 * (System.nanoTime() - start) < seconds);
        return calls;
    }
}
