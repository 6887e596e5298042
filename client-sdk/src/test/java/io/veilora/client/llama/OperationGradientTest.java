package io.veilora.client.llama;

import static io.veilora.client.llama.Gradients.dot;
import static io.veilora.client.llama.Gradients.gaussian;
import static io.veilora.client.llama.Gradients.requireClose;
import static io.veilora.client.llama.Gradients.requireGradient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.veilora.protocol.model.AttentionVariant;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.RopeScaling;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every local operation's backward pass is the derivative of its forward pass. */
class OperationGradientTest {
    private static final double TOLERANCE = 2e-3;
    private static final LlamaConfig CONFIG = new LlamaConfig(11, 10, 19, 1, 4, 2, 6, 1e-5, 10000, 64, false);
    private static final int QKV = CONFIG.queryFeatures() + 2 * CONFIG.keyValueFeatures();

    private final Random random = new Random(11);

    @Test
    void rmsNorm() {
        int tokens = 3;
        int d = 37;
        float[] x = gaussian(random, tokens * d, 1);
        float[] weights = gaussian(random, tokens * d, 1);
        RmsNorm norm = new RmsNorm(gaussian(random, d, 1), 1e-5);
        float[] dx = new float[tokens * d];
        norm.backward(weights, x, tokens, dx);
        requireGradient(x, dx, TOLERANCE, () -> {
            float[] y = new float[tokens * d];
            norm.forward(x, tokens, y);
            return dot(y, weights);
        });
        float[] twice = dx.clone();
        norm.backward(weights, x, tokens, twice);
        requireClose(twice, times(dx, 2), 1e-6, "dx is added to");
    }

    @Test
    void rope() {
        int[] positions = {0, 1, 5};
        float[] x = gaussian(random, 3 * QKV, 1);
        float[] weights = gaussian(random, 3 * QKV, 1);
        Rope rope = new Rope(CONFIG);
        float[] dx = weights.clone();
        rope.backward(positions, dx);
        requireGradient(x, dx, TOLERANCE, () -> {
            float[] y = x.clone();
            rope.forward(positions, y);
            return dot(y, weights);
        });
    }

    @Test
    void ropeLeavesTheFirstPositionAndTheValuesAlone() {
        float[] x = gaussian(random, 2 * QKV, 1);
        float[] y = x.clone();
        new Rope(CONFIG).forward(new int[] {0, 9}, y);
        int turned = CONFIG.queryFeatures() + CONFIG.keyValueFeatures();
        for (int i = 0; i < 2 * QKV; i++) {
            boolean untouched = i < QKV || i >= QKV + turned;
            assertThat(y[i] == x[i]).isEqualTo(untouched);
        }
    }

    @Test
    void llama3ScalingKeepsFastAnglesDividesSlowOnesAndMixesThoseBetween() {
        // θ = 100, D = 6: frequencies 1, 0.2154, 0.0464; in 64 tokens 10.2, 2.19 and 0.473 turns
        LlamaConfig scaled = new LlamaConfig(
                11, 10, 19, 1, 4, 2, 6, 1e-5, 100, 64, false, AttentionVariant.PLAIN, new RopeScaling(8, 1, 4, 64));
        double second = Math.pow(100, -1 / 3.0);
        double kept = (64 * second / (2 * Math.PI) - 1) / 3;
        double[] expected = {1, second * (kept + (1 - kept) / 8), Math.pow(100, -2 / 3.0) / 8};
        float[] row = new float[QKV];
        java.util.Arrays.fill(row, 0, 3, 1);
        new Rope(scaled).forward(new int[] {1}, row);
        for (int i = 0; i < 3; i++) {
            assertThat(Math.atan2(row[3 + i], row[i])).isCloseTo(expected[i], within(1e-6));
        }
    }

    @Test
    void queryKeyNorm() {
        LlamaConfig config = new LlamaConfig(
                11, 10, 19, 1, 4, 2, 6, 1e-5, 10000, 64, false, new AttentionVariant(false, false, true), null);
        QueryKeyNorm norm = new QueryKeyNorm(config, gaussian(random, 6, 1), gaussian(random, 6, 1));
        float[] x = gaussian(random, 3 * QKV, 1);
        float[] weights = gaussian(random, 3 * QKV, 1);
        float[] raw = new float[3 * (config.queryFeatures() + config.keyValueFeatures())];
        norm.forward(x.clone(), 3, raw);
        float[] dx = weights.clone();
        norm.backward(raw, 3, dx);
        requireGradient(x, dx, TOLERANCE, () -> {
            float[] y = x.clone();
            norm.forward(y, 3, raw);
            return dot(y, weights);
        });
    }

    @Test
    void swiGlu() {
        int f = CONFIG.intermediateSize();
        float[] gateUp = gaussian(random, 3 * 2 * f, 1.5);
        float[] weights = gaussian(random, 3 * f, 1);
        SwiGlu swiGlu = new SwiGlu(f);
        float[] dGateUp = new float[gateUp.length];
        swiGlu.backward(weights, gateUp, 3, dGateUp);
        requireGradient(gateUp, dGateUp, TOLERANCE, () -> {
            float[] a = new float[3 * f];
            swiGlu.forward(gateUp, 3, a);
            return dot(a, weights);
        });
    }

    @Test
    void swiGluStaysFiniteForLargeGates() {
        float[] a = new float[2];
        new SwiGlu(2).forward(new float[] {500, -500, 2, 2}, 1, a);
        assertThat(a[0]).isEqualTo(1000f);
        assertThat(a[1]).isCloseTo(0f, within(1e-30f));
    }

    @Test
    void crossEntropy() {
        int vocabulary = 37;
        int[] labels = {36, 0, 7};
        float[] logits = gaussian(random, 3 * vocabulary, 3);
        CrossEntropy crossEntropy = new CrossEntropy(vocabulary);
        float[] dLogits = logits.clone();
        crossEntropy.forward(dLogits, labels);
        crossEntropy.backward(dLogits, labels, 0.5f);
        requireGradient(logits, dLogits, TOLERANCE, () -> {
            double[] losses = crossEntropy.forward(logits.clone(), labels);
            return 0.5 * (losses[0] + losses[1] + losses[2]);
        });
    }

    @Test
    void crossEntropyOfEqualLogitsIsTheLogarithmOfTheVocabularyHoweverLargeTheyAre() {
        float[] logits = new float[37];
        java.util.Arrays.fill(logits, 3e8f);
        assertThat(new CrossEntropy(37).forward(logits, new int[] {4})[0]).isCloseTo(Math.log(37), within(1e-6));
    }

    @Test
    void groupedQueryAttentionOverTwoPackedSequencesLongerThanATile() {
        int[] bounds = {0, 35, 41};
        BlockActivations kept = new BlockActivations(CONFIG, 41);
        System.arraycopy(gaussian(random, 41 * QKV, 1), 0, kept.qkv, 0, 41 * QKV);
        float[] weights = gaussian(random, 41 * CONFIG.queryFeatures(), 1);
        Attention attention = new Attention(CONFIG);
        float[] dQkv = gaussian(random, 41 * QKV, 1); // to be overwritten
        attention.forward(bounds, kept);
        attention.backward(bounds, kept, weights, dQkv);
        requireGradient(kept.qkv, dQkv, TOLERANCE, () -> {
            attention.forward(bounds, kept);
            return dot(kept.attention, weights);
        });
    }

    @Test
    void aTokenAttendsOnlyToItselfAndEarlierTokensOfItsSequence() {
        int[] bounds = {0, 35, 41};
        BlockActivations kept = new BlockActivations(CONFIG, 41);
        System.arraycopy(gaussian(random, 41 * QKV, 1), 0, kept.qkv, 0, 41 * QKV);
        Attention attention = new Attention(CONFIG);
        attention.forward(bounds, kept);
        float[] before = kept.attention.clone();
        int changed = 33;
        for (int j = 0; j < QKV; j++) {
            kept.qkv[changed * QKV + j] += 1;
        }
        attention.forward(bounds, kept);
        int q = CONFIG.queryFeatures();
        for (int t = 0; t < 41; t++) {
            boolean same = java.util.Arrays.equals(before, t * q, (t + 1) * q, kept.attention, t * q, (t + 1) * q);
            assertThat(same).as("row %d", t).isEqualTo(t != 33 && t != 34);
        }
    }

    @Test
    void theExponentialIsExactToAboutTwoUnitsInTheLastPlace() {
        float[] x = new float[VectorMath.LANES];
        for (double from = -86.9; from < 87.9; from += 0.0037 * x.length) {
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) Math.min(88, from + 0.0037 * i);
            }
            var exp = VectorMath.exp(jdk.incubator.vector.FloatVector.fromArray(VectorMath.SPECIES, x, 0));
            for (int i = 0; i < x.length; i++) {
                float expected = (float) Math.exp(x[i]);
                assertThat(exp.lane(i)).isCloseTo(expected, within(2 * Math.ulp(expected)));
            }
        }
    }

    private static float[] times(float[] values, float factor) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = factor * values[i];
        }
        return scaled;
    }
}
