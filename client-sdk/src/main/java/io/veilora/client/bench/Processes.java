package io.veilora.client.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * CPU time and memory of this process, the client's, and of a provider's on the same machine, as the system counts them.
 *
 * @param provider process id; 0 if there is none
 */
record Processes(long provider) {
    private static final double NANOS = 1e9;

    /** @param provider null if there is no such process */
    record CpuSeconds(double client, Double provider) {
        CpuSeconds minus(CpuSeconds earlier) {
            return new CpuSeconds(client - earlier.client, provider == null ? null : provider - earlier.provider);
        }
    }

    CpuSeconds cpu() {
        return new CpuSeconds(cpu(ProcessHandle.current().pid()), provider == 0 ? null : cpu(provider));
    }

    private static double cpu(long pid) {
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .map(Duration::toNanos)
                        .orElseThrow(() -> new IllegalStateException("process " + pid + " does not tell its CPU time"))
                / NANOS;
    }

    Long clientPeakMiB() {
        return peakMiB("self");
    }

    Long providerPeakMiB() {
        return provider == 0 ? null : peakMiB(Long.toString(provider));
    }

    /** Linux's high-water mark of resident memory, mapped files included; null elsewhere. */
    private static Long peakMiB(String pid) {
        Path status = Path.of("/proc", pid, "status");
        if (!Files.isReadable(status)) {
            return null;
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
                }
            }
        } catch (IOException e) {
            return null;
        }
        return null;
    }
}
