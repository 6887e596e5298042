package io.veilora.client.lora;

import static io.veilora.client.llama.Gradients.dot;
import static io.veilora.client.llama.Gradients.gaussian;
import static io.veilora.client.llama.Gradients.requireGradient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.llama.TinyLlama;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DropoutTest {
    private static final LlamaConfig CONFIG = TinyLlama.smallConfig();
    private static final LayerId QKV = new LayerId(LayerKind.QKV, 1);
    private static final int TOKENS = 5;
    private static final Set<Projection> TARGETS = EnumSet.of(Projection.Q, Projection.V);

    private final Random random = new Random(6);
    private Adapter adapter;
    private AdaptedLinear layer;
    private float[] x;
    private int outputs;

    @BeforeEach
    void makeALayer() {
        FrozenLinear frozen = TinyLlama.random(CONFIG, 5).layers().get(QKV);
        adapter = Adapter.initialize(new LoraConfig(3, 6, TARGETS, 7).withDropout(0.4), CONFIG);
        adapter.matrices().values().forEach(lora -> {
            float[] values = lora.loraB().values();
            System.arraycopy(gaussian(random, values.length, 1), 0, values, 0, values.length);
        });
        layer = new AdaptedLinear(frozen, new float[0], QKV, CONFIG, adapter);
        x = gaussian(random, TOKENS * frozen.inputFeatures(), 1);
        outputs = frozen.outputFeatures();
    }

    private float[] forward() {
        float[] y = new float[TOKENS * outputs];
        layer.forward(x, TOKENS, y);
        return y;
    }

    @Test
    void gradientsAreThoseOfTheFunctionWithTheSameElementsDropped() {
        adapter.dropout().begin(1, 2, 3);
        float[] weights = gaussian(random, TOKENS * outputs, 1);
        float[] dx = new float[x.length];
        assertThat(layer.backward(weights, () -> x, TOKENS, dx)).isTrue();
        requireGradient(x, dx, 1e-3, () -> dot(forward(), weights));
        for (Projection projection : TARGETS) {
            LoraMatrices lora = adapter.at(1, projection);
            requireGradient(lora.loraA().values(), lora.gradA().values(), 1e-3, () -> dot(forward(), weights));
            requireGradient(lora.loraB().values(), lora.gradB().values(), 1e-3, () -> dot(forward(), weights));
        }
    }

    @Test
    void dropsTheSameInTheSamePassAndOtherElementsInEveryOther() {
        adapter.dropout().begin(1, 2, 3);
        float[] first = forward();
        assertThat(forward()).isEqualTo(first);
        for (int[] other : new int[][] {{2, 2, 3}, {1, 3, 3}, {1, 2, 4}}) {
            adapter.dropout().begin(other[0], other[1], other[2]);
            assertThat(forward()).isNotEqualTo(first);
        }
        adapter.dropout().begin(1, 2, 3);
        assertThat(forward()).isEqualTo(first);
    }

    @Test
    void dropsNothingBeforeAndAfterATrainingPass() {
        float[] whole = forward();
        adapter.dropout().begin(1, 2, 3);
        assertThat(forward()).isNotEqualTo(whole);
        adapter.dropout().end();
        assertThat(forward()).isEqualTo(whole);
    }

    @Test
    void dropsWithItsProbabilityKeepsTheMeanAndDrawsForEveryBranchAnew() {
        Dropout dropout = new Dropout(0.3);
        dropout.begin(5, 0, 0);
        float[] q = dropout.factors(new Adapter.Site(0, Projection.Q), 100_000);
        float[] v = dropout.factors(new Adapter.Site(0, Projection.V), 100_000);
        int dropped = 0;
        int bothDropped = 0;
        for (int i = 0; i < q.length; i++) {
            assertThat(q[i]).isIn(0f, (float) (1 / 0.7));
            dropped += q[i] == 0 ? 1 : 0;
            bothDropped += q[i] == 0 && v[i] == 0 ? 1 : 0;
        }
        assertThat(dropped / 1e5).isCloseTo(0.3, within(0.01));
        assertThat(bothDropped / 1e5).isCloseTo(0.09, within(0.01)); // independent
    }

    @Test
    void noPassAndNoBranchDropsWhatAnotherDoesShiftedByAFewElements() {
        float[] first = factors(5, 0, 0, Projection.Q);
        List<float[]> neighbours = List.of(
                factors(6, 0, 0, Projection.Q),
                factors(5, 1, 0, Projection.Q),
                factors(5, 0, 1, Projection.Q),
                factors(5, 0, 0, Projection.K));
        for (float[] other : neighbours) {
            for (int shift = -9; shift <= 9; shift++) {
                assertThat(share(first, other, shift)).as("shift %d", shift).isCloseTo(0.5, within(0.05));
            }
        }
    }

    private static float[] factors(long seed, long step, int microBatch, Projection projection) {
        Dropout dropout = new Dropout(0.5);
        dropout.begin(seed, step, microBatch);
        return dropout.factors(new Adapter.Site(0, projection), 10_000);
    }

    /** Of the elements that overlap, the share that is the same in both: 1/2 if they are independent. */
    private static double share(float[] a, float[] b, int shift) {
        int from = Math.max(0, -shift);
        int to = Math.min(a.length, a.length - shift);
        int same = 0;
        for (int i = from; i < to; i++) {
            same += a[i] == b[i + shift] ? 1 : 0;
        }
        return (double) same / (to - from);
    }

    @Test
    void refusesWhatIsNoProbability() {
        for (double wrong : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> new LoraConfig(3, 6, TARGETS, 7).withDropout(wrong))
                    .hasMessageContaining("dropout: got " + wrong);
        }
    }
}
