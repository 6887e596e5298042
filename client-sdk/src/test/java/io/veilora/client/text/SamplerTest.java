package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.veilora.protocol.problem.ProblemCode;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float[] LOGITS = {(float) Math.log(0.1), (float) Math.log(0.6), (float) Math.log(0.3)};

    private static int[] counts(Sampling sampling, int draws) {
        Sampler sampler = new Sampler(sampling);
        int[] counts = new int[LOGITS.length];
        for (int i = 0; i < draws; i++) {
            counts[sampler.pick(LOGITS)]++;
        }
        return counts;
    }

    @Test
    void greedyTakesTheMostProbableAndTheLowestIdOfEquals() {
        Sampler sampler = new Sampler(Sampling.greedy());
        assertThat(sampler.pick(LOGITS)).isEqualTo(1);
        assertThat(sampler.pick(new float[] {0, 3, -1, 3})).isEqualTo(1);
    }

    @Test
    void drawsWithTheProbabilitiesOfTheSoftmax() {
        int draws = 20_000;
        int[] counts = counts(Sampling.at(1, 5), draws);
        double[] expected = {0.1, 0.6, 0.3};
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) counts[i] / draws).isCloseTo(expected[i], within(0.02));
        }
    }

    @Test
    void temperatureSharpensOrFlattens() {
        int draws = 20_000; // at temperature 1/2 the weights are squared: 0.01, 0.36, 0.09 of 0.46
        assertThat((double) counts(Sampling.at(0.5, 5), draws)[1] / draws).isCloseTo(0.36 / 0.46, within(0.02));
    }

    @Test
    void topPLeavesOutTheImprobableTail() {
        int[] counts = counts(Sampling.at(1, 5).withTopP(0.8), 2_000);
        assertThat(counts[0]).isZero();
        assertThat(counts[1]).isPositive();
        assertThat(counts[2]).isPositive();
        assertThat(counts(Sampling.at(1, 5).withTopP(0.6), 500)[1]).isEqualTo(500);
    }

    @Test
    void topPOfZeroLeavesTheMostProbableAndOfOneLeavesAll() {
        assertThat(counts(Sampling.at(1, 5).withTopP(0), 500)[1]).isEqualTo(500);
        assertThat(counts(Sampling.at(1, 5).withTopP(1), 2_000)).isEqualTo(counts(Sampling.at(1, 5), 2_000));
        assertThat(counts(Sampling.at(1, 5).withTopP(1), 2_000)[0]).isPositive();
    }

    @Test
    void topKLeavesOutAllButTheKMostProbableAndTopPCountsAmongThese() {
        int[] counts = counts(Sampling.at(1, 5).withTopK(2), 2_000);
        assertThat(counts[0]).isZero();
        assertThat(counts[2]).isPositive();
        assertThat(counts(Sampling.at(1, 5).withTopK(1), 500)[1]).isEqualTo(500);
        assertThat(counts(Sampling.at(1, 5).withTopK(99), 2_000)[0]).isPositive();
        // Of the two that are left, 0.6 and 0.3, the first is two thirds.
        assertThat(counts(Sampling.at(1, 5).withTopK(2).withTopP(0.66), 500)[1]).isEqualTo(500);
    }

    @Test
    void theSameSeedDrawsTheSame() {
        Sampler one = new Sampler(Sampling.at(1, 42));
        Sampler other = new Sampler(Sampling.at(1, 42));
        for (int i = 0; i < 100; i++) {
            assertThat(one.pick(LOGITS)).isEqualTo(other.pick(LOGITS));
        }
        assertThat(counts(Sampling.at(1, 1), 1000)).isNotEqualTo(counts(Sampling.at(1, 2), 1000));
    }

    @Test
    void refusesNotFiniteLogitsAndSettingsOutOfRange() {
        assertProblem(ProblemCode.NOT_FINITE, () -> new Sampler(Sampling.greedy()).pick(new float[] {0, Float.NaN}));
        assertProblem(ProblemCode.INVALID_INPUT, () -> Sampling.at(-1, 0)).contains("temperature: got -1.0");
        assertProblem(ProblemCode.INVALID_INPUT, () -> Sampling.at(1, 0).withTopP(1.1))
                .contains("top-p: got 1.1");
        assertProblem(ProblemCode.INVALID_INPUT, () -> Sampling.at(1, 0).withTopP(-0.1));
        assertProblem(ProblemCode.INVALID_INPUT, () -> Sampling.at(1, 0).withTopK(-1))
                .contains("top-k: got -1");
    }
}
