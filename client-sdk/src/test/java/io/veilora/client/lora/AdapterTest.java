package io.veilora.client.lora;

import static io.veilora.client.llama.Gradients.dot;
import static io.veilora.client.llama.Gradients.gaussian;
import static io.veilora.client.llama.Gradients.requireGradient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.llama.TinyLlama;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdapterTest {
    private static final LlamaConfig CONFIG = TinyLlama.smallConfig();

    @Test
    void branchesOfAStackedLayerHaveTheGradientsOfFiniteDifferences() {
        TinyLlama llama = TinyLlama.random(CONFIG, 5);
        Adapter adapter = llama.adapter(EnumSet.of(Projection.Q, Projection.V), 3); // k has none
        LayerId id = new LayerId(LayerKind.QKV, 1);
        FrozenLinear frozen = llama.layers().get(id);
        Random random = new Random(6);
        float[] bias = gaussian(random, frozen.outputFeatures(), 1);
        AdaptedLinear layer = new AdaptedLinear(frozen, bias, id, CONFIG, adapter);
        int tokens = 5;
        float[] x = gaussian(random, tokens * frozen.inputFeatures(), 1);
        float[] weights = gaussian(random, tokens * frozen.outputFeatures(), 1);

        float[] dx = new float[x.length];
        assertThat(layer.backward(weights, () -> x, tokens, dx)).isTrue();
        java.util.function.Supplier<Double> loss = () -> {
            float[] y = new float[weights.length];
            layer.forward(x, tokens, y);
            return dot(y, weights);
        };
        requireGradient(x, dx, 1e-3, loss);
        for (Projection projection : Set.of(Projection.Q, Projection.V)) {
            LoraMatrices lora = adapter.at(1, projection);
            requireGradient(lora.loraA().values(), lora.gradA().values(), 1e-3, loss);
            requireGradient(lora.loraB().values(), lora.gradB().values(), 1e-3, loss);
        }
        assertThat(adapter.at(0, Projection.Q).gradA().values()).containsOnly(0f);
        assertThat(adapter.at(1, Projection.K)).isNull();
    }

    @Test
    void initialValuesAreThoseOfPeftUniformBelowOneOverTheRootOfTheInputsAndZeroForLoraB() {
        Adapter adapter = Adapter.initialize(config(Set.of(Projection.DOWN, Projection.Q), 16, 42), CONFIG);
        for (LoraMatrices lora : adapter.matrices().values()) {
            double bound = 1 / Math.sqrt(lora.loraA().columns());
            double sum = 0;
            for (float value : lora.loraA().values()) {
                assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
                sum += value * value;
            }
            double variance = sum / lora.loraA().values().length;
            assertThat(variance).isCloseTo(bound * bound / 3, within(0.2 * bound * bound / 3));
            assertThat(lora.loraB().values()).containsOnly(0f);
        }
    }

    @Test
    void theSameSeedGivesTheSameAdapterAndAnotherSeedAnother() {
        LoraConfig config = config(EnumSet.allOf(Projection.class), 4, 1);
        float[] first = firstLoraA(Adapter.initialize(config, CONFIG));
        assertThat(firstLoraA(Adapter.initialize(config, CONFIG))).isEqualTo(first);
        assertThat(firstLoraA(Adapter.initialize(config(config.targets(), 4, 2), CONFIG)))
                .isNotEqualTo(first);
    }

    @Test
    void tensorsAreNamedAndShapedAsPeftSavesThemInTheOrderOfAForwardPass() {
        Adapter adapter = Adapter.initialize(config(Set.of(Projection.DOWN, Projection.K), 4, 1), CONFIG);
        assertThat(adapter.parameters())
                .extracting(TrainedTensor::toString)
                .startsWith(
                        "TrainedTensor[base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight, 4 × 16]",
                        "TrainedTensor[base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight, 12 × 4]",
                        "TrainedTensor[base_model.model.model.layers.0.mlp.down_proj.lora_A.weight, 4 × 23]",
                        "TrainedTensor[base_model.model.model.layers.0.mlp.down_proj.lora_B.weight, 16 × 4]",
                        "TrainedTensor[base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight, 4 × 16]")
                .hasSize(8);
    }

    @Test
    void gradientsHaveOneNormAndAreScaledTogether() {
        Adapter adapter = Adapter.initialize(config(Set.of(Projection.O), 2, 1), CONFIG);
        adapter.parameters().get(0).gradient()[3] = 3;
        adapter.parameters().get(3).gradient()[0] = -4;
        assertThat(adapter.gradientNorm()).isEqualTo(5);
        adapter.scaleGradients(0.5);
        assertThat(adapter.parameters().get(3).gradient()[0]).isEqualTo(-2);
        adapter.zeroGradients();
        assertThat(adapter.gradientNorm()).isZero();
    }

    @Test
    void projectionsKnowTheirPlaceInTheStackedLayer() {
        assertThat(Projection.V.firstOutput(CONFIG)).isEqualTo(24 + 12);
        assertThat(Projection.UP.firstOutput(CONFIG)).isEqualTo(23);
        assertThat(Projection.ofLabel("gate_proj")).isEqualTo(Projection.GATE);
        assertThatThrownBy(() -> Projection.ofLabel("w1"))
                .hasMessageContaining("got 'w1'")
                .hasMessageContaining("q_proj");
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> config(Set.of(), 4, 1)).hasMessageContaining("targets: got none");
        assertThatThrownBy(() -> config(Set.of(Projection.Q), 0, 1)).hasMessageContaining("rank: got 0");
        assertThatThrownBy(() -> new LoraConfig(4, Double.NaN, Set.of(Projection.Q), 1))
                .hasMessageContaining("alpha: got NaN");
    }

    private static LoraConfig config(Set<Projection> targets, int rank, long seed) {
        return new LoraConfig(rank, 2 * rank, targets, seed);
    }

    private static float[] firstLoraA(Adapter adapter) {
        return adapter.parameters().getFirst().value();
    }
}
