package io.veilora.client.train;

import io.veilora.client.BaseModel;
import io.veilora.client.data.Dataset;
import io.veilora.client.files.PrivateFiles;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One fine-tuning run in one run folder: trains, or goes on from the newest checkpoint there, and leaves the adapter in
 * PEFT's format in {@code RUN/adapter}.
 */
public final class FineTuning {
    public static final String ADAPTER = "adapter";

    private final BaseModel base;
    private final TrainingConfig config;
    private final TrainingData data;
    private final Path runFolder;

    /** @param runFolder made if it is not there */
    public FineTuning(BaseModel base, TrainingConfig config, TrainingData data, Path runFolder) {
        this.base = base;
        this.config = config;
        this.data = data;
        this.runFolder = runFolder;
    }

    /** Reads training and held-out data with the model's tokenizer; {@code heldOut} may be null. */
    public static TrainingData read(BaseModel base, TrainingConfig config, Path training, Path heldOut)
            throws IOException {
        int longest = Math.min(base.config().contextLength(), config.batching().tokensPerMicroBatch());
        return new TrainingData(
                Dataset.read(training, base.tokenizer(), longest),
                heldOut == null ? null : Dataset.read(heldOut, base.tokenizer(), longest));
    }

    /**
     * What a run did.
     *
     * @param steps of this run, those before a resume included
     * @param evaluations at step 0, at the end, and between
     * @param trainedTokens tokens that this process trained on
     * @param trainingSeconds wall time of this process's optimizer steps
     * @param trainingCosts what this process's optimizer steps cost remotely
     */
    public record Outcome(
            Adapter adapter,
            Path adapterFolder,
            List<TrainingEvent.StepFinished> steps,
            List<TrainingEvent.Evaluated> evaluations,
            long trainedTokens,
            double trainingSeconds,
            StepCosts.Totals trainingCosts) {}

    public Outcome run(TrainingListener listener) throws IOException {
        PrivateFiles.createFolder(runFolder);
        Adapter adapter = Adapter.initialize(config.lora(), base.config());
        RunIdentity identity = RunIdentity.of(base.name(), base.digest(), data.training(), config);
        Trainer trainer =
                new Trainer(config, data, base.with(adapter), adapter, new CheckpointStore(runFolder, identity));
        MetricsFile metrics = new MetricsFile(runFolder);
        Meter meter = new Meter();
        trainer.run(TrainingListener.all(List.of(meter, metrics, listener)));
        Path folder = PrivateFiles.createFolder(runFolder.resolve(ADAPTER));
        PeftFiles.write(folder, config.lora(), adapter, base.name());
        return new Outcome(
                adapter, folder, metrics.steps(), metrics.evaluations(), meter.tokens, meter.seconds, meter.costs);
    }

    /** Adds up this process's optimizer steps, leaving evaluations out. */
    private final class Meter implements TrainingListener {
        private long tokens;
        private double seconds;
        private StepCosts.Totals costs = StepCosts.Totals.NONE;
        private StepCosts.Totals before = base.costs();

        @Override
        public void on(TrainingEvent event) {
            StepCosts.Totals now = base.costs();
            if (event instanceof TrainingEvent.StepFinished step) {
                tokens += step.tokens();
                seconds += step.seconds();
                costs = costs.plus(now.minus(before));
            }
            before = now;
        }
    }
}
