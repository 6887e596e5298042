package io.veilora.client.train;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.protocol.problem.ProblemCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TrainingConfigTest {
    private static void refused(String message, ThrowingCallable call) {
        assertProblem(ProblemCode.INVALID_INPUT, call).contains(message);
    }

    @Test
    void refusesWhatMakesNoSenseAndSaysWhatItGot() {
        refused("learning rate: got 0.0", () -> new TrainingConfig.Schedule(Decay.LINEAR, 0, 0));
        refused("learning rate: got NaN", () -> new TrainingConfig.Schedule(Decay.LINEAR, Double.NaN, 0));
        refused("warm-up steps: got -1", () -> new TrainingConfig.Schedule(Decay.LINEAR, 1, -1));
        refused("got 0 optimizer steps and 0 epochs", () -> new TrainingConfig.Length(0, 0, 0));
        refused("got 5 optimizer steps and 2 epochs", () -> new TrainingConfig.Length(5, 2, 0));
        refused("patience of early stop: got -1", () -> new TrainingConfig.Length(5, 0, -1));
        refused("tokens per micro-batch: got 0", () -> new TrainingConfig.Batching(0, 1));
        refused("gradient accumulation: got 0", () -> new TrainingConfig.Batching(1, 0));
        refused("evaluation interval: got -1", () -> new TrainingConfig.Intervals(-1, 1));
        refused("checkpoint interval: got -2", () -> new TrainingConfig.Intervals(1, -2));
    }

    @Test
    void refusesAWarmUpLongerThanTheRun() {
        refused(
                "warm-up steps: got 6, expected at most the run's 5",
                () -> new TrainingConfig.Schedule(Decay.COSINE, 1, 6).over(5));
    }

    @Test
    void theUsualWarmUpIsNoLongerThanTheRun() {
        TrainingConfig.Schedule schedule = TrainingConfig.usual().schedule();
        assertThat(schedule.over(200).warmupSteps()).isEqualTo(20);
        assertThat(schedule.over(12).warmupSteps()).isEqualTo(12);
    }

    @Test
    void theUsualSettingsAreAFullConfiguration() {
        TrainingConfig usual = TrainingConfig.usual(ToyRun.LORA, 2e-4, TrainingConfig.Length.ofEpochs(3));
        assertThat(usual.batching().tokensPerMicroBatch() % 256).isZero();
        assertThat(usual.schedule().decay()).isEqualTo(Decay.COSINE);
    }
}
