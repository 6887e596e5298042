package io.veilora.client.train;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process had of the machine's cores in a stretch of time.
 *
 * @param cpuSeconds processor time of all threads of this process
 * @param coreSeconds wall time times cores: what it could have had
 */
public record ProcessorUse(double cpuSeconds, double coreSeconds) {
    public static final ProcessorUse NONE = new ProcessorUse(0, 0);

    private static final OperatingSystemMXBean MACHINE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final double NANOS = 1e9;

    /** From some moment on up to now; only differences mean something. */
    public static ProcessorUse now() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new ProcessorUse(MACHINE.getProcessCpuTime() / NANOS, System.nanoTime() / NANOS * cores);
    }

    public ProcessorUse minus(ProcessorUse earlier) {
        return new ProcessorUse(cpuSeconds - earlier.cpuSeconds, coreSeconds - earlier.coreSeconds);
    }

    public ProcessorUse plus(ProcessorUse other) {
        return new ProcessorUse(cpuSeconds + other.cpuSeconds, coreSeconds + other.coreSeconds);
    }
}
