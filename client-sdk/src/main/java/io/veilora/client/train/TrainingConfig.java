package io.veilora.client.train;

import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.LearningRateSchedule;
import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.EnumSet;

/**
 * Everything that decides how a run goes. When a run goes on, {@code length} and {@code intervals} may change and nothing
 * else: the learning rate is then that of a run of the new length from the next optimizer step on, which with constant
 * decay is the same rate and with the others a jump; the steps done stay as they were.
 *
 * @param maxGradientNorm gradients are scaled down to this norm; 0 leaves them as they are
 * @param seed of the order of the records
 */
public record TrainingConfig(
        LoraConfig lora,
        AdamW.Settings adamW,
        double maxGradientNorm,
        Schedule schedule,
        Length length,
        Batching batching,
        Intervals intervals,
        long seed) {

    /**
     * The learning rate: {@code warmupSteps} optimizer steps up to {@code learningRate}, then the decay to zero.
     *
     * @param warmupSteps null for {@value #USUAL_WARM_UP}, or as many as the run has if it is shorter than that
     */
    public record Schedule(Decay decay, double learningRate, Integer warmupSteps) {
        static final int USUAL_WARM_UP = 20;

        public Schedule {
            require(
                    learningRate > 0 && Double.isFinite(learningRate),
                    "learning rate: got %s, expected a positive number",
                    learningRate);
            require(warmupSteps == null || warmupSteps >= 0, "warm-up steps: got %s, expected at least 0", warmupSteps);
        }

        LearningRateSchedule over(long optimizerSteps) {
            int steps = Math.toIntExact(optimizerSteps);
            int warmUp = warmupSteps == null ? Math.min(USUAL_WARM_UP, steps) : warmupSteps;
            require(
                    warmUp <= steps,
                    "warm-up steps: got %s, expected at most the run's %s optimizer steps",
                    warmUp,
                    steps);
            return new LearningRateSchedule(decay, learningRate, 0, warmUp, steps);
        }
    }

    /**
     * How long: a number of optimizer steps or of epochs; the other is 0.
     *
     * @param patience early stop: the run ends after this many evaluations in a row without a lower held-out loss; 0 for
     *     never. The provider sees at which evaluation a run ends (DESIGN §2, rule 3)
     */
    public record Length(int optimizerSteps, int epochs, int patience) {
        public Length {
            require(patience >= 0, "patience of early stop: got %s evaluations, expected at least 0", patience);
            require(
                    optimizerSteps >= 0 && epochs >= 0 && (optimizerSteps > 0) != (epochs > 0),
                    "length: got %s optimizer steps and %s epochs, expected one of the two to be positive, the other 0",
                    optimizerSteps,
                    epochs);
        }

        public static Length ofOptimizerSteps(int optimizerSteps) {
            return new Length(optimizerSteps, 0, 0);
        }

        public static Length ofEpochs(int epochs) {
            return new Length(0, epochs, 0);
        }

        /** The same, or shorter: see {@link #patience}. */
        public Length withPatience(int evaluations) {
            return new Length(optimizerSteps, epochs, evaluations);
        }
    }

    /**
     * How many tokens at once: up to {@code tokensPerMicroBatch} in one pass (whole blocks of 256 waste nothing), and
     * {@code gradientAccumulation} passes an optimizer step.
     */
    public record Batching(int tokensPerMicroBatch, int gradientAccumulation) {
        public Batching {
            require(
                    tokensPerMicroBatch > 0,
                    "tokens per micro-batch: got %s, expected a positive number",
                    tokensPerMicroBatch);
            require(
                    gradientAccumulation > 0,
                    "gradient accumulation: got %s, expected a positive number",
                    gradientAccumulation);
        }

        /** Two blocks of tokens, one pass. */
        public static Batching usual() {
            return new Batching(512, 1);
        }
    }

    /** In optimizer steps; 0 means only before the first and after the last, or only after the last. */
    public record Intervals(int evaluation, int checkpoint) {
        public Intervals {
            require(evaluation >= 0, "evaluation interval: got %s, expected at least 0", evaluation);
            require(checkpoint >= 0, "checkpoint interval: got %s, expected at least 0", checkpoint);
        }
    }

    public TrainingConfig {
        require(
                maxGradientNorm >= 0 && Double.isFinite(maxGradientNorm),
                "max gradient norm: got %s, expected at least 0",
                maxGradientNorm);
        require(
                length.patience() == 0 || intervals.evaluation() > 0,
                "early stop: got patience %s and no evaluation interval, expected one",
                length.patience());
    }

    /** Rank 8, α = 16, every projection, and 200 optimizer steps with a warm-up to 1e-3: what the demo runs. */
    public static TrainingConfig usual() {
        LoraConfig lora = new LoraConfig(8, 16, EnumSet.allOf(Projection.class), 1);
        TrainingConfig usual = usual(lora, 1e-3, Length.ofOptimizerSteps(200));
        return usual.withSchedule(new Schedule(Decay.COSINE, 1e-3, null));
    }

    /** AdamW as usual for LoRA, gradients clipped to 1, cosine decay, a checkpoint every 20 optimizer steps. */
    public static TrainingConfig usual(LoraConfig lora, double learningRate, Length length) {
        return new TrainingConfig(
                lora,
                AdamW.Settings.usual(),
                1.0,
                new Schedule(Decay.COSINE, learningRate, 0),
                length,
                Batching.usual(),
                new Intervals(0, 20),
                lora.seed());
    }

    public TrainingConfig withLora(LoraConfig other) {
        return new TrainingConfig(other, adamW, maxGradientNorm, schedule, length, batching, intervals, seed);
    }

    public TrainingConfig withSchedule(Schedule other) {
        return new TrainingConfig(lora, adamW, maxGradientNorm, other, length, batching, intervals, seed);
    }

    public TrainingConfig withLength(Length other) {
        return withLengthAndIntervals(other, intervals);
    }

    public TrainingConfig withIntervals(Intervals other) {
        return withLengthAndIntervals(length, other);
    }

    /** Both at once: early stop needs an evaluation interval. */
    public TrainingConfig withLengthAndIntervals(Length otherLength, Intervals otherIntervals) {
        return new TrainingConfig(lora, adamW, maxGradientNorm, schedule, otherLength, batching, otherIntervals, seed);
    }

    private static void require(boolean holds, String format, Object... got) {
        if (!holds) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT).detail(format, got));
        }
    }
}
