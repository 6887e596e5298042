package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.bench.KernelSweep;
import io.veilora.client.bench.KernelsBench;
import io.veilora.client.bench.KernelsReport;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench kernels}: the two inner loops, the client's cryptography and the provider's GEMM, against DESIGN §8. */
@Command(
        name = "kernels",
        description =
                "Measure the client's cryptography and the provider's GEMM on this machine, every answer checked.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "About three minutes; --short takes a few seconds and says only that everything works. Cryptography runs in",
            "this process and is timed by its thread's CPU time; the GEMM in the provider's application, with one thread",
            "and with all, by wall time and by CPU time. Figures of a machine that does other work are too low.",
            "",
            "Examples:",
            "  veilora bench kernels --report kernels.json",
            "  veilora bench kernels --short --report kernels.json"
        })
final class KernelsBenchCommand implements Callable<Integer> {
    @Option(names = "--report", paramLabel = "FILE", description = "write the result as JSON")
    private Path report;

    @Option(names = "--short", description = "small shapes only")
    private boolean brief;

    @Spec
    private CommandSpec spec;

    private final Path launcher =
            Path.of(System.getProperty("veilora.home", ".")).resolve("veilora").toAbsolutePath();

    @Override
    public Integer call() throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        KernelSweep sweep = brief ? KernelSweep.brief() : KernelSweep.full(cores);
        KernelsReport result = KernelsBench.run(sweep, this::gemm);
        PrintWriter out = spec.commandLine().getOut();
        out.print(result.text());
        out.flush();
        if (report != null) {
            ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValue(report.toFile(), result.json());
        }
        return result.isExact() ? 0 : 1;
    }

    private JsonNode gemm(int threads, KernelSweep sweep) throws IOException {
        Path result = Files.createTempFile("veilora-gemm", ".json");
        try {
            List<String> command = List.of(
                    "gemm-speed",
                    "--shapes",
                    String.join(",", sweep.gemm()),
                    "--seconds",
                    Double.toString(sweep.gemmSeconds()),
                    "--result",
                    result.toString());
            ProviderProcess.run(launcher, command, "-XX:ActiveProcessorCount=" + threads);
            return ProtocolJson.MAPPER.readTree(result.toFile());
        } finally {
            Files.deleteIfExists(result);
        }
    }
}
