package io.veilora.client.train;

import io.veilora.client.ToyModel;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.TokenizedRecord;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.lora.TrainedOn;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.protocol.model.LayerId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** A random model of two blocks that learns to count upwards from the number in its prompt. */
final class ToyRun {
    static final String MODEL_DIGEST = "c0ffee";
    static final LoraConfig LORA = new LoraConfig(4, 8, EnumSet.allOf(Projection.class), 7);

    private final ToyModel toy = ToyModel.random(53, 64);
    private final Path folder;
    private final TrainingConfig config;
    private final Adapter adapter;
    private final List<TrainingEvent> events = new ArrayList<>();
    private Function<LayerId, FrozenLinear> layers = toy.layers()::get;

    ToyRun(Path folder, TrainingConfig config) {
        this.folder = folder;
        this.config = config;
        this.adapter = Adapter.initialize(config.lora(), toy.config());
    }

    static TrainingConfig config(int optimizerSteps) {
        return config(optimizerSteps, new TrainingConfig.Batching(32, 2), new TrainingConfig.Intervals(5, 3));
    }

    static TrainingConfig config(
            int optimizerSteps, TrainingConfig.Batching batching, TrainingConfig.Intervals intervals) {
        return new TrainingConfig(
                LORA,
                new AdamW.Settings(0.9, 0.99, 1e-8, 0.01),
                1.0,
                new TrainingConfig.Schedule(Decay.COSINE, 0.01, Math.min(2, optimizerSteps)),
                TrainingConfig.Length.ofOptimizerSteps(optimizerSteps),
                batching,
                intervals,
                11);
    }

    /** {@code bos n | n+1 n+2 … eos} with two to five numbers to predict; ids 2 to 51 are the numbers. */
    static Dataset counting(int firstNumber, int step) {
        List<TokenizedRecord> records = new ArrayList<>();
        for (int n = firstNumber; n < 45; n += step) {
            int length = 3 + n % 4;
            int[] tokens = new int[length];
            int[] labels = new int[length];
            for (int i = 0; i < length; i++) {
                tokens[i] = i == 0 ? 0 : n + i - 1;
                labels[i] = i == 0 ? PackedBatch.IGNORE : i == length - 1 ? 1 : n + i;
            }
            records.add(new TokenizedRecord(records.size() + 1, tokens, labels));
        }
        return new Dataset(records);
    }

    static TrainingData data() {
        return new TrainingData(counting(2, 1), counting(4, 7));
    }

    static RunIdentity identity(TrainingConfig config) {
        return RunIdentity.of(new TrainedOn("toy", MODEL_DIGEST), data(), config);
    }

    /** Replaces the frozen layers. */
    ToyRun over(Function<LayerId, FrozenLinear> other) {
        this.layers = other;
        return this;
    }

    TrainingConfig config() {
        return config;
    }

    ToyModel toy() {
        return toy;
    }

    Adapter adapter() {
        return adapter;
    }

    Path folder() {
        return folder;
    }

    List<TrainingEvent> events() {
        return events;
    }

    MetricsFile metrics() {
        return new MetricsFile(folder);
    }

    CheckpointStore checkpoints() {
        return new CheckpointStore(folder, identity(config));
    }

    /** Trains to the end, or until the listener throws. */
    Checkpoint train(TrainingListener listener) throws IOException {
        LlamaModel model = new LlamaModel(toy.config(), toy.weights(), layers, adapter);
        return new Trainer(config, data(), model, adapter, checkpoints())
                .run(TrainingListener.all(List.of(metrics(), events::add, listener)));
    }

    /** Trains on other data to the end, with layers that cost something. */
    void train(TrainingData other, Supplier<StepCosts.Totals> costs) throws IOException {
        LlamaModel model = new LlamaModel(toy.config(), toy.weights(), layers, adapter);
        new Trainer(config, other, model, adapter, checkpoints())
                .metering(costs)
                .run(events::add);
    }

    Checkpoint train() throws IOException {
        return train(event -> {});
    }

    /** The curve without the seconds, which differ from run to run. */
    List<TrainingEvent> curve() throws IOException {
        List<TrainingEvent> curve = new ArrayList<>();
        for (TrainingEvent.StepFinished s : metrics().steps()) {
            curve.add(new TrainingEvent.StepFinished(
                    s.step(),
                    s.loss(),
                    s.learningRate(),
                    s.gradientNorm(),
                    s.tokens(),
                    s.labelledTokens(),
                    0,
                    s.costs(),
                    ProcessorUse.NONE));
        }
        for (TrainingEvent.Evaluated e : metrics().evaluations()) {
            curve.add(new TrainingEvent.Evaluated(e.step(), e.loss(), e.labelledTokens(), 0));
        }
        return curve;
    }
}
