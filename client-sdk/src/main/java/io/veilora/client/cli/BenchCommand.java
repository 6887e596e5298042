package io.veilora.client.cli;

import io.veilora.client.bench.CryptoBench;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench}: how fast this machine's client cryptography is. */
@Command(
        name = "bench",
        subcommands = {KernelsBenchCommand.class, StepBenchCommand.class, StepWorkerCommand.class},
        description = "Measure the client's cryptography, in nanoseconds per value and core (DESIGN §8).",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Each round also checks that the plaintext comes back within the noise.",
            "",
            "Examples:",
            "  veilora bench",
            "  veilora bench --tokens 1024 --features 256,2048,8192",
            "  veilora bench kernels --report kernels.json",
            "  veilora bench step --geometry llama-3.2-1b"
        })
final class BenchCommand implements Callable<Integer> {
    @Option(
            names = "--tokens",
            split = ",",
            defaultValue = "256,1024",
            description = "tokens (default: ${DEFAULT-VALUE})")
    private int[] tokens;

    @Option(
            names = "--features",
            split = ",",
            defaultValue = "256,2048",
            description = "features, of request and answer alike (default: ${DEFAULT-VALUE})")
    private int[] features;

    @Option(
            names = "--cores",
            defaultValue = "1",
            description = "cores that work together; a figure is per value and core (default: ${DEFAULT-VALUE})")
    private int cores;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%d-bit vectors, %s%n", CryptoBench.vectorBits(), clock());
        out.printf(
                "%7s %9s %7s %9s %9s %9s %8s%n", "tokens", "features", "hint", "encrypt", "decrypt", "mean", "error");
        CryptoBench bench = new CryptoBench();
        boolean exact = true;
        for (int t : tokens) {
            for (int d : features) {
                for (boolean kept : new boolean[] {true, false}) {
                    CryptoBench.Result result = bench.measure(new CryptoBench.Shape(t, d, kept, cores));
                    exact &= result.isExact();
                    out.printf(
                            "%7d %9d %7s %6.2f ns %6.2f ns %6.2f ns  2^%.1f%n",
                            t,
                            d,
                            kept ? "kept" : "fresh",
                            result.encryptNanos(),
                            result.decryptNanos(),
                            result.nanosPerValue(),
                            result.log2Error());
                    out.flush();
                }
            }
        }
        out.println(exact ? "every answer decrypted within the noise" : "WRONG: an answer did not decrypt");
        return exact ? 0 : 1;
    }

    private String clock() {
        return cores == 1 ? "one core, CPU time" : cores + " cores, elapsed time times cores";
    }
}
