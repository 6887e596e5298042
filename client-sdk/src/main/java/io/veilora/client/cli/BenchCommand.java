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
        subcommands = {StepBenchCommand.class, StepWorkerCommand.class},
        description = "Measure the client's cryptography on one core, in nanoseconds per value (DESIGN §8).",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Each round also checks that the plaintext comes back within the noise.",
            "",
            "Examples:",
            "  veilora bench",
            "  veilora bench --tokens 1024 --features 256,2048,8192",
            "  veilora bench step --geometry llama-3.2-1b"
        })
final class BenchCommand implements Callable<Integer> {
    /** Worst error that decryption may have for identity weights up to 8192 features: DESIGN §3. */
    private static final double LARGEST_LOG2_ERROR = -9.5;

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

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%d-bit vectors, one core, CPU time%n", CryptoBench.vectorBits());
        out.printf(
                "%7s %9s %7s %9s %9s %9s %8s%n", "tokens", "features", "hint", "encrypt", "decrypt", "mean", "error");
        CryptoBench bench = new CryptoBench();
        boolean exact = true;
        for (int t : tokens) {
            for (int d : features) {
                for (boolean cached : new boolean[] {true, false}) {
                    CryptoBench.Result result = bench.measure(t, d, cached);
                    exact &= result.log2Error() < LARGEST_LOG2_ERROR;
                    out.printf(
                            "%7d %9d %7s %6.2f ns %6.2f ns %6.2f ns  2^%.1f%n",
                            t,
                            d,
                            cached ? "cached" : "fresh",
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
}
