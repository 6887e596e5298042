package io.veilora.client.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/**
 * Over when the compiler has been quiet for a second, after three seconds at least and half a minute at most: on a busy
 * machine the compiler starves, and a fixed warm-up then measures the interpreter.
 */
final class WarmUp {
    private static final long SHORTEST_NANOS = 3_000_000_000L;
    private static final long LONGEST_NANOS = 30_000_000_000L;
    private static final long QUIET_NANOS = 1_000_000_000L;

    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private final long started = System.nanoTime();
    private long compilerMillis;
    private long quietSince = started;
    private boolean over;

    boolean isOver() {
        long now = System.nanoTime();
        if (compiler.getTotalCompilationTime() != compilerMillis) {
            compilerMillis = compiler.getTotalCompilationTime();
            quietSince = now;
        }
        boolean quiet = now - quietSince > QUIET_NANOS && now - started > SHORTEST_NANOS;
        over |= quiet || now - started > LONGEST_NANOS;
        return over;
    }
}
