package io.veilora.client.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Agreement with torch.optim.AdamW is in LlamaReferenceTest. */
class AdamWTest {

    @Test
    void theFirstStepMovesEveryValueByTheLearningRateAgainstItsGradient() {
        TrainedTensor tensor = tensor("a", 1, -2, 3);
        copy(new float[] {0.5f, -7, 0}, tensor.gradient());
        new AdamW(List.of(tensor), AdamW.Settings.usual()).step(0.1);
        assertThat(tensor.value()).containsExactly(new float[] {0.9f, -1.9f, 3}, within(1e-6f));
    }

    @Test
    void weightDecayShrinksValuesWhateverTheGradient() {
        TrainedTensor tensor = tensor("a", 1, -2);
        new AdamW(List.of(tensor), new AdamW.Settings(0.9, 0.999, 1e-8, 0.5)).step(0.1);
        assertThat(tensor.value()).containsExactly(new float[] {0.95f, -1.9f}, within(1e-6f));
    }

    @Test
    void aRestoredOptimizerContinuesWithTheSameBits() {
        TrainedTensor straight = tensor("a", 1, -2, 3);
        AdamW optimizer = new AdamW(List.of(straight), AdamW.Settings.usual());
        run(optimizer, straight, 0, 3);

        TrainedTensor resumed = tensor("a", straight.value().clone());
        AdamW restored = new AdamW(List.of(resumed), AdamW.Settings.usual());
        restored.restore(optimizer.optimizerSteps(), copy(optimizer.firstMoments()), copy(optimizer.secondMoments()));
        run(optimizer, straight, 3, 6);
        run(restored, resumed, 3, 6);
        assertThat(resumed.value()).isEqualTo(straight.value());
        assertThat(restored.optimizerSteps()).isEqualTo(6);
    }

    @Test
    void stateOfAnotherAdapterIsRefusedAndNothingChanges() {
        AdamW optimizer = new AdamW(List.of(tensor("a", 1, 2)), AdamW.Settings.usual());
        Map<String, float[]> right = Map.of("a", new float[] {1, 1});
        assertThatThrownBy(() -> optimizer.restore(1, right, Map.of("b", new float[2])))
                .hasMessageContaining("another adapter");
        assertThatThrownBy(() -> optimizer.restore(1, right, Map.of("a", new float[3])))
                .hasMessageContaining("got 3 values, expected 2");
        assertThat(optimizer.firstMoments().get("a")).containsOnly(0f);
        assertThat(optimizer.optimizerSteps()).isZero();
        assertThatThrownBy(() -> new AdamW(List.of(tensor("a", 1), tensor("a", 2)), AdamW.Settings.usual()))
                .hasMessageContaining("two tensors");
        assertThatThrownBy(() -> new AdamW.Settings(1, 0.9, 1e-8, 0)).hasMessageContaining("got 1.0");
    }

    @Test
    void clippingScalesAllGradientsByTheirCommonNormAndLeavesSmallOnesAlone() {
        TrainedTensor one = tensor("a", 0, 0);
        TrainedTensor other = tensor("b", 0);
        copy(new float[] {3, 0}, one.gradient());
        copy(new float[] {4}, other.gradient());
        assertThat(GradientClipping.clip(List.of(one, other), 10)).isEqualTo(5);
        assertThat(one.gradient()).containsExactly(3, 0);
        assertThat(GradientClipping.clip(List.of(one, other), 1)).isEqualTo(5);
        assertThat(one.gradient()[0]).isCloseTo(0.6f, within(1e-6f));
        assertThat(other.gradient()[0]).isCloseTo(0.8f, within(1e-6f));
    }

    @Test
    void aGradientThatIsNotFiniteIsAnErrorThatNamesTheTensor() {
        TrainedTensor one = tensor("fine", 0);
        TrainedTensor other = tensor("broken", 0);
        one.gradient()[0] = 5;
        other.gradient()[0] = Float.NaN;
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> GradientClipping.clip(List.of(one, other), 1))
                .withMessageContaining("broken")
                .matches(e -> e.problem().code() == ProblemCode.NOT_FINITE);
        assertThat(one.gradient()[0]).isEqualTo(5);
    }

    @Test
    void theLearningRateWarmsUpAndThenFallsToTheFloor() {
        assertRates(schedule(Decay.CONSTANT), 0.5, 1, 1, 1, 1);
        assertRates(schedule(Decay.LINEAR), 0.5, 1, 1, 0.775, 0.55, 0.325, 0.1, 0.1);
        assertRates(schedule(Decay.COSINE), 0.5, 1, 1, 0.1 + 0.45 * (1 + Math.sqrt(0.5)), 0.55);
        assertThat(schedule(Decay.COSINE).at(6)).isCloseTo(0.1, within(1e-12));
        LearningRateSchedule warmUpOnly = new LearningRateSchedule(Decay.LINEAR, 1, 0, 2, 2);
        assertRates(warmUpOnly, 0.5, 1, 1);
    }

    @Test
    void impossibleSchedulesAreRefused() {
        assertThatThrownBy(() -> new LearningRateSchedule(Decay.LINEAR, 1, 2, 0, 5))
                .hasMessageContaining("got peak 1.0 and floor 2.0");
        assertThatThrownBy(() -> new LearningRateSchedule(Decay.LINEAR, 1, 0, 6, 5))
                .hasMessageContaining("got 6 of 5");
    }

    private static LearningRateSchedule schedule(Decay decay) {
        return new LearningRateSchedule(decay, 1, 0.1, 2, 6);
    }

    private static void assertRates(LearningRateSchedule schedule, double... expected) {
        for (int step = 0; step < expected.length; step++) {
            assertThat(schedule.at(step)).as("step %d", step).isCloseTo(expected[step], within(1e-12));
        }
    }

    private static void run(AdamW optimizer, TrainedTensor tensor, int from, int to) {
        for (int step = from; step < to; step++) {
            for (int i = 0; i < tensor.gradient().length; i++) {
                tensor.gradient()[i] = (float) Math.sin(3 * step + i);
            }
            optimizer.step(0.01);
        }
    }

    private static TrainedTensor tensor(String name, float... values) {
        return new TrainedTensor(name, 1, values.length, values, new float[values.length]);
    }

    private static void copy(float[] from, float[] to) {
        System.arraycopy(from, 0, to, 0, to.length);
    }

    private static Map<String, float[]> copy(Map<String, float[]> state) {
        Map<String, float[]> copy = new HashMap<>();
        state.forEach((name, values) -> copy.put(name, values.clone()));
        return copy;
    }
}
