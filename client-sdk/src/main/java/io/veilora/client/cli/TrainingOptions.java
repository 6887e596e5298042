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

/** The hyper-parameters of a run. What is not given stays as it is in the settings that these options change. */
final class TrainingOptions {
    @Option(names = "--rank", description = "rank of the adapter (default: 8)")
    private Integer rank;

    @Option(names = "--alpha", description = "LoRA's alpha (default: 16)")
    private Double alpha;

    @Option(names = "--rslora", description = "scale the adapter by alpha/sqrt(rank) instead of alpha/rank (rsLoRA)")
    private boolean rankStabilized;

    @Option(
            names = "--targets",
            split = ",",
            paramLabel = "PROJECTION",
            description = "what to adapt (default: q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)")
    private List<String> targets;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "drop inputs of the adapter with this probability in training (default: 0)")
    private Double dropout;

    @Option(names = "--learning-rate", description = "highest learning rate (default: 1e-3)")
    private Double learningRate;

    @Option(names = "--warm-up", description = "optimizer steps of warm-up (default: 20, or all of a shorter run)")
    private Integer warmUp;

    @Option(names = "--schedule", description = "after the warm-up: ${COMPLETION-CANDIDATES} (default: cosine)")
    private Decay schedule;

    @Option(names = "--steps", description = "optimizer steps (default: 200); may change with --resume")
    private Integer steps;

    @Option(names = "--epochs", description = "passes over the data, instead of --steps; may change with --resume")
    private Integer epochs;

    @Option(
            names = "--tokens-per-batch",
            description = "tokens in a micro-batch, best a multiple of 256 (default: 512)")
    private Integer tokensPerBatch;

    @Option(names = "--accumulate", description = "micro-batches in an optimizer step (default: 1)")
    private Integer accumulate;

    @Option(names = "--clip", description = "largest norm of the gradient, 0 for no limit (default: 1)")
    private Double clip;

    @Option(names = "--weight-decay", description = "of AdamW (default: 0)")
    private Double weightDecay;

    @Option(
            names = "--eval-every",
            description =
                    "optimizer steps between evaluations; 0: before and after (default: 0); may change with --resume")
    private Integer evalEvery;

    @Option(
            names = "--checkpoint-every",
            description = "optimizer steps between checkpoints (default: 20); may change with --resume")
    private Integer checkpointEvery;

    @Option(names = "--seed", description = "of the adapter, its dropout and the order of the data (default: 1)")
    private Long seed;

    /** Settings of a new run: the usual ones with what was given on the command line. */
    TrainingConfig fresh(LoraConfig lora, int patience) {
        return over(TrainingConfig.usual().withLora(lora), patience);
    }

    /**
     * These settings with what was given on the command line.
     *
     * @param patience of early stop, 0 for never: {@code train} alone has an option for it
     */
    TrainingConfig over(TrainingConfig base, int patience) {
        AdamW.Settings adamW = base.adamW();
        return new TrainingConfig(
                lora(base.lora()),
                new AdamW.Settings(
                        adamW.beta1(), adamW.beta2(), adamW.epsilon(), given(weightDecay, adamW.weightDecay())),
                given(clip, base.maxGradientNorm()),
                schedule(base.schedule()),
                length(base.length(), patience),
                new Batching(
                        given(tokensPerBatch, base.batching().tokensPerMicroBatch()),
                        given(accumulate, base.batching().gradientAccumulation())),
                new Intervals(
                        given(evalEvery, base.intervals().evaluation()),
                        given(checkpointEvery, base.intervals().checkpoint())),
                given(seed, base.seed()));
    }

    private LoraConfig lora(LoraConfig base) {
        Set<Projection> projections = base.targets();
        if (targets != null) {
            projections = EnumSet.noneOf(Projection.class);
            for (String label : targets) {
                projections.add(Projection.ofLabel(label.strip()));
            }
        }
        return new LoraConfig(
                given(rank, base.rank()),
                given(alpha, base.alpha()),
                projections,
                given(seed, base.seed()),
                rankStabilized || base.rankStabilized(),
                given(dropout, base.dropout()));
    }

    private Schedule schedule(Schedule base) {
        return new Schedule(
                given(schedule, base.decay()),
                given(learningRate, base.learningRate()),
                given(warmUp, base.warmupSteps()));
    }

    private Length length(Length base, int patience) {
        return steps == null && epochs == null
                ? base.withPatience(patience)
                : new Length(given(steps, 0), given(epochs, 0), patience);
    }

    private static <V> V given(V option, V otherwise) {
        return option == null ? otherwise : option;
    }
}
