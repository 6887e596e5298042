package io.veilora.client.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.OpenModel;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.QuantizedWeights;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EncryptedLayersTest {
    private static OpenModel model;

    private final OpenProvider provider = new OpenProvider(model);
    private final EncryptedLayers layers = new EncryptedLayers(model.manifest(), model, provider);

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(new LlamaConfig(67, 48, 70, 1, 4, 2, 10, 1e-5, 10000, 64, false), 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 700})
    void bothDirectionsEqualTheExactInt8ProductWithinTheNoiseBound(int tokens) {
        LayerId id = LayerId.parse("blocks.0.gate_up");
        for (Direction direction : Direction.values()) {
            ExactProduct exact = ExactProduct.ofRandomInput(model.weights().get(id), direction, tokens, tokens);
            float[] y = exact.by(layers.apply(id));
            assertThat(exact.worstErrorOverBound(y)).as("%s", direction).isLessThan(1);
            assertThat(exact.log2Error(y)).isLessThan(-12.0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSimulationHasTheErrorsOfTheEncryptedLayers(Direction direction) {
        for (LayerId id : LayerId.all(model.manifest().config())) {
            QuantizedWeights weights = model.weights().get(id);
            SimulatedLinear simulated =
                    new SimulatedLinear(LatticeParameters.MLWE_256x5, id.toString(), weights, new SplittableRandom(7));
            ExactProduct exact = ExactProduct.ofRandomInput(weights, direction, 300, 8);
            double encryptedError = exact.log2Error(exact.by(layers.apply(id)));
            double simulatedError = exact.log2Error(exact.by(simulated));
            System.out.printf(
                    "%s %s: encrypted 2^%.2f, simulated 2^%.2f%n",
                    id, direction.label(), encryptedError, simulatedError);
            assertThat(simulatedError).as("%s", id).isCloseTo(encryptedError, within(0.3));
        }
    }

    @Test
    void tokensThatAreZeroGiveNothingButNoiseAndHarmNoOther() {
        LayerId id = LayerId.parse("blocks.0.o");
        ExactProduct exact = ExactProduct.ofRandomInput(model.weights().get(id), Direction.FORWARD, 20, 9);
        Arrays.fill(exact.x(), 3 * exact.inputs(), 4 * exact.inputs(), 0);
        float[] y = exact.by(layers.apply(id));
        for (int i = 0; i < exact.outputs(); i++) {
            assertThat((double) y[4 * exact.outputs() + i]).isCloseTo(exact.at(4, i), within(exact.bound(4, i) * 1.01));
            assertThat(y[3 * exact.outputs() + i]).isFinite();
        }
    }

    @Test
    void onlyTheTokensAskedForAreReadAndWritten() {
        LayerId id = LayerId.parse("blocks.0.down");
        ExactProduct exact = ExactProduct.ofRandomInput(model.weights().get(id), Direction.FORWARD, 257, 10);
        float[] x = Arrays.copyOf(exact.x(), 600 * exact.inputs());
        Arrays.fill(x, 257 * exact.inputs(), x.length, Float.NaN);
        float[] y = new float[600 * exact.outputs()];
        Arrays.fill(y, -7);
        layers.apply(id).forward(x, 257, y);
        assertThat(exact.log2Error(y)).isLessThan(-12.0);
        for (int i = 257 * exact.outputs(); i < y.length; i++) {
            assertThat(y[i]).isEqualTo(-7);
        }
    }

    @Test
    void theCostsCountPaddedTokensAndBytes() {
        LayerId id = LayerId.parse("blocks.0.o");
        ExactProduct.ofRandomInput(model.weights().get(id), Direction.FORWARD, 300, 11)
                .by(layers.apply(id));
        StepCosts.Totals costs = layers.costs().totals();
        assertThat(costs.steps()).isEqualTo(2);
        assertThat(costs.paddedTokens()).isEqualTo(512);
        assertThat(costs.bytesUp()).isEqualTo(2 * 64 + 512L * 40 * 4);
        assertThat(costs.bytesDown()).isEqualTo(2 * 64 + 512L * 48 * 2);
        assertThat(costs.cryptoValues()).isEqualTo(512L * (40 + 48));
        assertThat(costs.gemmMicros()).isEqualTo(2);
        assertThat(provider.requests).hasSize(2);
    }
}
