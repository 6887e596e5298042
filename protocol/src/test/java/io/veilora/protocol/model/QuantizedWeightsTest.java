package io.veilora.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.veilora.protocol.Golden;
import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantizedWeightsTest {
    private static float[] weights(int count) {
        Random random = new Random(11);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextFloat() - 0.5f) * (1 << random.nextInt(6));
        }
        return values;
    }

    @Test
    void theSameFloatsGiveTheGoldenBytes() {
        float[] weights = new float[7 * 9];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) ((Golden.word(i) - LatticeParameters.Q / 2) / 0x1p24);
        }
        QuantizedWeights quantized = QuantizedWeights.quantize(weights, 7, 9);
        assertThat(HexFormat.of().formatHex(quantized.values())).isEqualTo(Golden.value("weights.values"));
        ByteBuffer scales = ByteBuffer.allocate(4 * 7).order(ByteOrder.LITTLE_ENDIAN);
        scales.asFloatBuffer().put(quantized.scales());
        assertThat(HexFormat.of().formatHex(scales.array())).isEqualTo(Golden.value("weights.scales"));
    }

    @Test
    void noWeightIsOffByMoreThanHalfAStep() {
        float[] weights = weights(13 * 29);
        QuantizedWeights quantized = QuantizedWeights.quantize(weights, 13, 29);
        for (int row = 0; row < 13; row++) {
            int peak = 0;
            for (int column = 0; column < 29; column++) {
                int value = quantized.values()[row * 29 + column];
                double scale = quantized.scales()[row];
                assertThat(Math.abs(weights[row * 29 + column] - value * scale)).isLessThanOrEqualTo(scale * 0.500001);
                peak = Math.max(peak, Math.abs(value));
            }
            assertThat(peak).as("the largest weight uses the whole range").isEqualTo(127);
        }
    }

    @Test
    void aRowOfZerosStaysZeroWithScaleOne() {
        QuantizedWeights quantized = QuantizedWeights.quantize(new float[] {0, -0f, 0, 1, 2, -4}, 2, 3);
        assertThat(quantized.values()).containsExactly(0, 0, 0, 32, 64, -127);
        assertThat(quantized.scales()).containsExactly(1, 4f / 127);
    }

    @Test
    void tiesGoToTheEvenNumberAndTheMostNegativeByteIsNeverUsed() {
        QuantizedWeights quantized = QuantizedWeights.quantize(new float[] {127, 0.5f, 1.5f, -2.5f, -127}, 1, 5);
        assertThat(quantized.values()).containsExactly(127, 0, 2, -2, -127);
        float tiny = Float.MIN_VALUE; // its scale rounds to 0 or to itself: the value must stay in range
        assertThat(QuantizedWeights.quantize(new float[] {tiny, -tiny, 0}, 1, 3).values())
                .satisfies(values -> assertThat(values[0]).isEqualTo((byte) -values[1]));
    }

    @Test
    void theNormIsThatOfTheLargestRowForwardAndOfTheLargestColumnBackward() {
        byte[] values = {3, 4, 0, /**/ -1, 0, 127};
        QuantizedWeights weights = new QuantizedWeights(2, 3, values, new float[] {1, 1});
        assertThat(weights.maxNorm(Direction.FORWARD)).isCloseTo(Math.sqrt(1 + 127 * 127), within(1e-12));
        assertThat(weights.maxNorm(Direction.BACKWARD)).isEqualTo(127);
        byte[] tall = {3, /**/ 4, /**/ -12};
        QuantizedWeights column = new QuantizedWeights(3, 1, tall, new float[3]);
        assertThat(column.maxNorm(Direction.FORWARD)).isEqualTo(12);
        assertThat(column.maxNorm(Direction.BACKWARD)).isEqualTo(13);
    }

    @Test
    void arraysThatDoNotFitTheShapeAreRefused() {
        assertThatThrownBy(() -> new QuantizedWeights(2, 3, new byte[5], new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 × 3");
        assertThatThrownBy(() -> new QuantizedWeights(2, 3, new byte[6], new float[3]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
