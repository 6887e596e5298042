package io.veilora.client.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.Versions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Measures both sides' kernels one after another: the client's cryptography here, the provider's GEMM where it is asked to. */
public final class KernelsBench {
    /** The provider's command {@code gemm-speed} in a process of its own. */
    public interface GemmSpeeds {
        /** @param threads processors that its JVM may use */
        JsonNode measure(int threads, KernelSweep sweep) throws IOException;
    }

    private KernelsBench() {}

    public static KernelsReport run(KernelSweep sweep, GemmSpeeds provider) throws IOException {
        long start = System.nanoTime();
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        CryptoBench bench = new CryptoBench();
        List<CryptoBench.Result> crypto =
                sweep.crypto().stream().map(bench::measure).toList();
        int cores = Runtime.getRuntime().availableProcessors();
        List<JsonNode> gemm = new ArrayList<>();
        for (int threads : new TreeSet<>(List.of(1, cores))) {
            gemm.add(provider.measure(threads, sweep));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        KernelsReport.Machine machine = new KernelsReport.Machine(
                Processor.name(),
                cores,
                CryptoBench.vectorBits(),
                Versions.current().java(),
                load,
                seconds);
        return new KernelsReport(crypto, gemm, machine);
    }
}
