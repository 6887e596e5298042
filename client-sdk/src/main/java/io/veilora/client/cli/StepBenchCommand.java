package io.veilora.client.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.sun.management.OperatingSystemMXBean;
import io.veilora.client.bench.StepBench;
import io.veilora.client.bench.StepResult;
import io.veilora.client.bench.StepTable;
import io.veilora.client.files.PrivateFiles;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelSize;
import io.veilora.protocol.model.SyntheticModel;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench step}: whole optimizer steps at full size, under encryption and in clear. */
@Command(
        name = "step",
        description = "Run whole optimizer steps of a model of full size: encrypted through a provider, and in clear.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Weights are random (seeded), shapes are real. Starts a provider process on this machine, imports the model",
            "there, runs the steps from a client process, and the same steps in clear in another one. The last step is",
            "reported; the first one also pays for compilation. The model and its hints stay in DIR for the next run",
            "(llama-3.2-1b: about 7 GB).",
            "",
            "Examples:",
            "  veilora bench step --geometry llama-3.2-1b --tokens 256",
            "  veilora bench step --geometry tiny --tokens 512 --report step.json"
        })
final class StepBenchCommand implements Callable<Integer> {
    /** The client's heap is not smaller; the rest of its memory is the JVM itself and what is mapped. */
    private static final long LEAST_CLIENT_HEAP = 1L << 30;

    /** What the step in clear needs beside its weights. */
    private static final long CLEAR_EXTRA_BYTES = 3L << 29;

    /** The same loss, up to the error of int8 weights. */
    private static final double LARGEST_LOSS_DIFFERENCE = 0.05;

    /** What {@code --geometry} can be. */
    static final class Geometries implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return SyntheticModel.GEOMETRIES.iterator();
        }
    }

    @Option(
            names = "--geometry",
            required = true,
            completionCandidates = Geometries.class,
            description = "one of ${COMPLETION-CANDIDATES}")
    private String geometry;

    @Option(names = "--tokens", defaultValue = "256", description = "tokens (default: ${DEFAULT-VALUE})")
    private int tokens;

    @Option(
            names = "--steps",
            defaultValue = "2",
            description = "optimizer steps, the last one is reported (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".veilora/bench",
            description = "where the model and the hints are kept (default: ${DEFAULT-VALUE})")
    private Path folder;

    @Option(names = "--report", paramLabel = "FILE", description = "write the result as JSON")
    private Path report;

    @Spec
    private CommandSpec spec;

    private final Path launcher =
            Path.of(System.getProperty("veilora.home", ".")).resolve("veilora").toAbsolutePath();

    @Override
    public Integer call() throws IOException {
        if (tokens < 1 || steps < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--tokens, --steps: got " + tokens + " and " + steps + ", expected at least 1 of each");
        }
        PrivateFiles.createFolder(folder);
        if (report != null) { // now, not after minutes of work
            PrivateFiles.createFolder(report.toAbsolutePath().getParent());
        }
        LlamaConfig config = config(geometry, folder.resolve("geometry"));
        StepTable.Model model = model(geometry, config);
        long weights = model.linearWeights();
        Path provider = folder.resolve("provider");
        ProviderProcess.run(
                launcher,
                List.of("import", "--synthetic", geometry, "--name", geometry, "--data", provider.toString()));
        List<StepResult> encrypted = encrypted(provider, clientHeap(config, tokens));
        String clearMissing = clearMissing(weights);
        List<StepResult> clear = clearMissing == null ? clear(weights) : List.of();

        PrintWriter out = spec.commandLine().getOut();
        StepTable table = new StepTable(model, encrypted, clear);
        out.print(table.text());
        if (report != null) {
            ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValue(report.toFile(), table.json());
        }
        if (clearMissing != null) {
            out.println(clearMissing + ", so there is no loss to compare with");
            out.flush();
            return 0;
        }
        boolean same = table.lossDifference() < LARGEST_LOSS_DIFFERENCE;
        out.println(
                same
                        ? "the first step's loss is the clear one's, but for int8 weights and noise"
                        : "WRONG: the first step's loss is not the clear one's");
        out.flush();
        return same ? 0 : 1;
    }

    /** The shapes of {@code geometry}; its configuration is written into {@code folder}. */
    static LlamaConfig config(String geometry, Path folder) throws IOException {
        try (HuggingFaceFolder model = SyntheticModel.open(geometry, SyntheticModel.BENCHMARK_SEED, folder)) {
            return model.config();
        }
    }

    static StepTable.Model model(String geometry, LlamaConfig config) {
        ModelSize size = ModelSize.of(config, LatticeParameters.MLWE_256x5);
        return new StepTable.Model(geometry, size.weights(), size.hintBytes());
    }

    static long clientHeap(LlamaConfig config, int tokens) {
        return Math.max(LEAST_CLIENT_HEAP, StepBench.encryptedHeap(config, tokens));
    }

    private List<StepResult> encrypted(Path provider, long heap) throws IOException {
        try (ProviderProcess server = ProviderProcess.start(launcher, provider, folder.resolve("provider.log"))) {
            return worker(
                    heap,
                    List.of(
                            "--provider",
                            server.url().toString(),
                            "--provider-pid",
                            Long.toString(server.pid()),
                            "--api-key-file",
                            provider.resolve("api-key").toString(),
                            "--dir",
                            folder.resolve("cache").toString()));
        }
    }

    /** Why the step in clear cannot be run here, or null if it can. */
    private String clearMissing(long weights) {
        long needed = clearHeap(weights);
        long memory = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        return needed < memory * 9 / 10
                ? null
                : String.format(
                        "the step in clear was not run: float32 weights need %d MiB of memory, this machine has %d MiB",
                        needed >> 20, memory >> 20);
    }

    private static long clearHeap(long weights) {
        return weights * Float.BYTES * 11 / 10 + CLEAR_EXTRA_BYTES;
    }

    private List<StepResult> clear(long weights) throws IOException {
        return worker(
                clearHeap(weights), List.of("--dir", folder.resolve("geometry").toString()));
    }

    private List<StepResult> worker(long heap, List<String> more) throws IOException {
        Path result = folder.resolve("worker.json");
        List<String> arguments = new ArrayList<>(List.of(
                "bench",
                "step-worker",
                "--geometry",
                geometry,
                "--tokens",
                Integer.toString(tokens),
                "--steps",
                Integer.toString(steps),
                "--result",
                result.toString()));
        arguments.addAll(more);
        ProviderProcess.run(launcher, arguments, "-Xmx" + (heap >> 20) + "m");
        return ProtocolJson.MAPPER.readValue(result.toFile(), new TypeReference<List<StepResult>>() {});
    }
}
