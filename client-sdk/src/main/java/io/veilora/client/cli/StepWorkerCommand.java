package io.veilora.client.cli;

import io.veilora.client.bench.StepBench;
import io.veilora.client.bench.StepResult;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The measured process of {@code bench step}: one that does nothing else, so that its CPU time and memory are the step's. */
@Command(name = "step-worker", hidden = true, description = "Started by bench step.")
final class StepWorkerCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @Option(names = "--geometry", required = true)
    private String geometry;

    @Option(names = "--tokens", required = true)
    private int tokens;

    @Option(names = "--steps", required = true)
    private int steps;

    @Option(names = "--dir", required = true)
    private Path folder;

    @Option(names = "--result", required = true)
    private Path result;

    /** Absent for the step in clear. */
    @Option(names = "--provider")
    private URI provider;

    @Option(names = "--provider-pid")
    private long providerPid;

    @Option(names = "--api-key-file")
    private Path apiKeyFile;

    @Override
    public Integer call() throws IOException {
        StepBench.Load load = new StepBench.Load(tokens, steps);
        List<StepResult> results = provider == null
                ? StepBench.clear(geometry, folder, load)
                : StepBench.encrypted(
                        new ProviderConnection(
                                provider, ModelOptions.readApiKey(apiKeyFile), PATIENCE, ConnectionListener.SILENT),
                        providerPid,
                        geometry,
                        folder,
                        load);
        ProtocolJson.MAPPER.writeValue(result.toFile(), results);
        return 0;
    }
}
