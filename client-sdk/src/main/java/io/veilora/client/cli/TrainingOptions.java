package io.veilora.client.cli;

import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingConfig.Batching;
import io.veilora.client.train.TrainingConfig.Intervals;
import io.veilora.client.train.TrainingConfig.Length;
import io.veilora.client.train.TrainingConfig.Schedule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The hyper-parameters of a run; the defaults are those of the demo. */
final class TrainingOptions {
    @Option(names = "--rank", defaultValue = "8", description = "rank of the adapter (default: ${DEFAULT-VALUE})")
    private int rank;

    @Option(names = "--alpha", defaultValue = "16", description = "LoRA's alpha (default: ${DEFAULT-VALUE})")
    private double alpha;

    @Option(
            names = "--targets",
            split = ",",
            paramLabel = "PROJECTION",
            defaultValue = "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj",
            description = "what to adapt (default: ${DEFAULT-VALUE})")
    private List<String> targets;

    @Option(
            names = "--learning-rate",
            defaultValue = "1e-3",
            description = "highest learning rate (default: ${DEFAULT-VALUE})")
    private double learningRate;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            description = "optimizer steps of warm-up (default: ${DEFAULT-VALUE})")
    private int warmUp;

    @Option(
            names = "--schedule",
            defaultValue = "cosine",
            description = "after the warm-up: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Decay schedule;

    @Option(names = "--steps", defaultValue = "200", description = "optimizer steps (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--epochs", defaultValue = "0", description = "passes over the data, instead of --steps")
    private int epochs;

    @Option(
            names = "--tokens-per-batch",
            defaultValue = "512",
            description = "tokens in a micro-batch, best a multiple of 256 (default: ${DEFAULT-VALUE})")
    private int tokensPerBatch;

    @Option(
            names = "--accumulate",
            defaultValue = "1",
            description = "micro-batches in an optimizer step (default: ${DEFAULT-VALUE})")
    private int accumulate;

    @Option(
            names = "--clip",
            defaultValue = "1",
            description = "largest norm of the gradient, 0 for no limit (default: ${DEFAULT-VALUE})")
    private double clip;

    @Option(names = "--weight-decay", defaultValue = "0", description = "of AdamW (default: ${DEFAULT-VALUE})")
    private double weightDecay;

    @Option(
            names = "--eval-every",
            defaultValue = "0",
            description = "optimizer steps between evaluations; 0: before and after (default: ${DEFAULT-VALUE})")
    private int evalEvery;

    @Option(
            names = "--checkpoint-every",
            defaultValue = "20",
            description = "optimizer steps between checkpoints (default: ${DEFAULT-VALUE})")
    private int checkpointEvery;

    @Option(names = "--seed", defaultValue = "1", description = "of the adapter and the order of the data")
    private long seed;

    TrainingConfig config() {
        Set<Projection> projections = EnumSet.noneOf(Projection.class);
        targets.forEach(label -> projections.add(Projection.ofLabel(label.strip())));
        AdamW.Settings usual = AdamW.Settings.usual();
        Length length = epochs > 0 ? Length.ofEpochs(epochs) : Length.ofOptimizerSteps(steps);
        return new TrainingConfig(
                new LoraConfig(rank, alpha, projections, seed),
                new AdamW.Settings(usual.beta1(), usual.beta2(), usual.epsilon(), weightDecay),
                clip,
                new Schedule(schedule, learningRate, epochs > 0 ? warmUp : Math.min(warmUp, steps)),
                length,
                new Batching(tokensPerBatch, accumulate),
                new Intervals(evalEvery, checkpointEvery),
                seed);
    }
}
