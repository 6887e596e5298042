package io.veilora.client;

import io.veilora.client.data.DataSource;
import io.veilora.client.data.TooLong;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.Projection;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingListener;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Fine-tunes an adapter for a base model:
 *
 * <pre>{@code
 * try (BaseModel model = BaseModel.connect(provider, apiKey, "sample")) {
 *     FineTuning.of(model).data(training).heldOut(heldOut).run(runFolder);
 * }
 * }</pre>
 *
 * {@link #run} fills a run folder and goes on with the run that is there already. Without {@link #config} the settings are
 * {@link TrainingConfig#usual()}. Not safe for use by several threads.
 */
public final class FineTuning {
    private final BaseModel model;
    private DataSelection files;
    private TrainingConfig config;
    private Path adapter;
    private TrainingListener listener = event -> {};
    private BooleanSupplier stop = () -> false;

    private FineTuning(BaseModel model) {
        this.model = model;
    }

    /** @param model stays open until {@link #run} has returned */
    public static FineTuning of(BaseModel model) {
        return new FineTuning(model);
    }

    /** What an earlier run read and how it was set, to go on with it: {@code RunConfig.read(runFolder)}. */
    public static FineTuning resume(BaseModel model, RunConfig saved) throws IOException {
        FineTuning tuning = of(model).data(saved.data()).config(saved.training());
        return saved.adapter() == null ? tuning : tuning.adapter(saved.adapter());
    }

    /** The records to train on: a file or folder of a {@link io.veilora.client.data.DataFormat} that its name says. */
    public FineTuning data(Path training) {
        DataSource source = DataSource.of(training);
        return data(new DataSelection(source, files == null ? null : files.heldOut(), 0, TooLong.FAIL));
    }

    /** The records to measure on, never trained on; after {@link #data}. Optional. */
    public FineTuning heldOut(Path heldOut) {
        return data(new DataSelection(files.training(), DataSource.of(heldOut), 0, files.tooLong()));
    }

    /** What to train on and what to hold out, in every detail. */
    public FineTuning data(DataSelection all) {
        this.files = all;
        return this;
    }

    /** Settings other than the usual ones. */
    public FineTuning config(TrainingConfig settings) {
        this.config = settings;
        return this;
    }

    /**
     * Continues from an adapter in PEFT's format: rank, α, targets and dropout are its own, and settings that contradict
     * them are an error. The optimizer begins anew.
     */
    public FineTuning adapter(Path folder) {
        this.adapter = folder.toAbsolutePath().normalize();
        return this;
    }

    /** Told of every optimizer step, evaluation and checkpoint, on the calling thread. */
    public FineTuning listener(TrainingListener follower) {
        this.listener = follower;
        return this;
    }

    /** Ends the run, with a checkpoint, after the optimizer step at which the condition first holds. */
    public FineTuning stopWhen(BooleanSupplier condition) {
        this.stop = condition;
        return this;
    }

    /**
     * Trains to the end, or until it shall stop.
     *
     * @param runFolder made if it is not there; with a run of the same model, data and settings in it, that run goes on
     * @throws PermanentException INVALID_INPUT for data, settings or an adapter that cannot be used and for a folder with
     *     another run; UNSUPPORTED_VERSION for one of another version; NOT_FINITE, DISK_FULL. What was saved before stays
     */
    public Outcome run(Path runFolder) throws IOException {
        if (files == null) {
            throw new IllegalStateException("no data: call data(Path) before run");
        }
        TrainingConfig settings = adapter == null ? usualIfNone() : ofAdapter();
        return new TrainingRun(model, settings, files, adapter, runFolder).run(listener, stop);
    }

    private TrainingConfig usualIfNone() {
        return config == null ? TrainingConfig.usual() : config;
    }

    private TrainingConfig ofAdapter() throws IOException {
        long seed = usualIfNone().lora().seed();
        LoraConfig stored = PeftFiles.readConfig(adapter).withSeed(seed);
        if (config != null && !config.lora().equals(stored)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: got %s, the settings say %s",
                            adapter.resolve(PeftFiles.CONFIG), words(stored), words(config.lora()))
                    .remedy("leave out rank, alpha, rslora, targets and dropout: the adapter's own are used"));
        }
        return usualIfNone().withLora(stored);
    }

    private static String words(LoraConfig lora) {
        List<String> labels = lora.targets().stream().map(Projection::label).toList();
        return "rank %d, alpha %s, rsLoRA %s, dropout %s, targets %s"
                .formatted(lora.rank(), lora.alpha(), lora.rankStabilized(), lora.dropout(), labels);
    }
}
