package io.veilora.client;

import io.veilora.client.files.PrivateFiles;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.TrainedOn;
import io.veilora.client.report.ReportFiles;
import io.veilora.client.train.BestAdapter;
import io.veilora.client.train.Checkpoint;
import io.veilora.client.train.CheckpointStore;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.MetricsFile;
import io.veilora.client.train.RunIdentity;
import io.veilora.client.train.Trainer;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingData;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingListener;
import io.veilora.client.train.TrainingMemory;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One run in one run folder: {@code config.json}, {@code metrics.jsonl}, {@code checkpoints/}, {@code best-adapter/},
 * {@code adapter/}, {@code report.json}, {@code report.html}.
 */
final class TrainingRun {
    private static final String ADAPTER = "adapter";

    private final BaseModel model;
    private final TrainingConfig config;
    private final DataSelection files;
    private final Path start;
    private final Path folder;

    /** @param start folder of the adapter to begin with; null for a fresh one */
    TrainingRun(BaseModel model, TrainingConfig config, DataSelection files, Path start, Path folder) {
        this.model = model;
        this.config = config;
        this.files = files;
        this.start = start;
        this.folder = folder;
    }

    Outcome run(TrainingListener listener, BooleanSupplier interrupted) throws IOException {
        int longest = Math.min(model.config().contextLength(), config.batching().tokensPerMicroBatch());
        TrainingData data = read(longest, listener);
        TrainingMemory.of(model.config(), config, data)
                .requireRoom(Runtime.getRuntime().maxMemory());
        Adapter adapter = adapter(listener);
        RunIdentity identity = identity(data);
        requireSameRun(identity);
        RunConfig saved = RunConfig.of(model.source().orElse(null), files, start, identity);

        MetricsFile metrics = new MetricsFile(folder);
        BestAdapter best = new BestAdapter(folder, metrics, config.lora(), adapter, identity.trainedOn());
        ReportFiles report = new ReportFiles(
                folder, metrics, model.mode(), model.keptHintBytes(), ProtocolJson.MAPPER.valueToTree(saved));
        int patience = config.length().patience();
        BooleanSupplier noBetter = () -> patience > 0 && best.evaluationsSince() >= patience;
        Trainer trainer = new Trainer(config, data, model.with(adapter), adapter, new CheckpointStore(folder, identity))
                .metering(model::costs)
                .stoppingWhen(() -> interrupted.getAsBoolean() || noBetter.getAsBoolean());
        Checkpoint last = trainer.run(TrainingListener.all(List.of(writing(saved), metrics, best, report, listener)));

        Outcome.End end = last.optimizerStep() == trainer.optimizerSteps()
                ? Outcome.End.COMPLETE
                : noBetter.getAsBoolean() ? Outcome.End.EARLY_STOP : Outcome.End.INTERRUPTED;
        Path adapterFolder =
                end == Outcome.End.INTERRUPTED ? last.folder() : writeAdapter(adapter, identity.trainedOn());
        return new Outcome(
                adapter, adapterFolder, end, metrics.steps(), metrics.evaluations(), report.write(adapterFolder));
    }

    private TrainingData read(int longest, TrainingListener listener) throws IOException {
        DataSelection.Selected selected = files.select(model.tokenizer(), longest);
        TrainingEvent.Remark.on(selected.training()).forEach(listener::on);
        return selected.data();
    }

    /** Fresh, or the one to begin with: rank, α, targets and dropout of the settings are its own. */
    private Adapter adapter(TrainingListener listener) throws IOException {
        return start == null
                ? Adapter.initialize(config.lora(), model.config())
                : model.readAdapter(start, listener::on);
    }

    private RunIdentity identity(TrainingData data) throws IOException {
        RunIdentity identity =
                RunIdentity.of(model.trainedOn(), data, config).with("client tensors", model.clientDigest());
        return start == null ? identity : identity.with("adapter", Sha256.hex(start.resolve(PeftFiles.WEIGHTS)));
    }

    private void requireSameRun(RunIdentity identity) throws IOException {
        if (RunConfig.existsIn(folder)) {
            RunConfig.read(folder).run().requireSame(identity, folder.resolve(RunConfig.NAME));
        }
    }

    /** Writes the configuration once the run has started: a run that is refused leaves the folder as it was. */
    private TrainingListener writing(RunConfig config) {
        return event -> {
            if (event instanceof TrainingEvent.Started) {
                try {
                    PrivateFiles.createFolder(folder);
                    config.write(folder);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private Path writeAdapter(Adapter adapter, TrainedOn base) throws IOException {
        Path target = folder.resolve(ADAPTER);
        PrivateFiles.replaceFolder(target, fresh -> PeftFiles.write(fresh, config.lora(), adapter, base));
        return target;
    }
}
