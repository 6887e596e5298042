package io.veilora.client.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatGemmTest {
    private static final int[][] SHAPES = { // m, n, k
        {1, 1, 1},
        {7, 3, 5},
        {8, 32, 16},
        {9, 33, 257},
        {70, 17, 300},
        {65, 70, 1},
        {200, 100, 31},
        {3, 65, 513},
        {8, 1100, 300},
        {6, 517, 67},
        {300, 600, 8},
        {131, 1030, 5},
        {130, 8, 513},
        {67, 6, 90},
        {300, 16, 300} // thin ones
    };

    private final Random random = new Random(5);

    @Test
    void productsEqualThePlainTripleLoopForEveryOrientation() {
        for (int[] shape : SHAPES) {
            for (int orientation = 0; orientation < 4; orientation++) {
                FloatMatrix a = operand(shape[0], shape[2], (orientation & 1) != 0);
                FloatMatrix b = operand(shape[2], shape[1], (orientation & 2) != 0);
                FloatMatrix c = operand(shape[0], shape[1], false);
                FloatMatrix sum = copy(c);
                FloatGemm.multiplyAdd(a, b, sum);
                requireEqual(sum, a, b, c);
                FloatMatrix product = copy(c);
                FloatGemm.multiply(a, b, product);
                requireEqual(product, a, b, null);
            }
        }
    }

    @Test
    void aProductOverNothingIsZeroAndAddsNothing() {
        FloatMatrix a = FloatMatrix.rowMajor(new float[0], 2, 0);
        FloatMatrix b = FloatMatrix.rowMajor(new float[0], 0, 2);
        float[] values = {1, 2, 3, 4};
        FloatGemm.multiplyAdd(a, b, FloatMatrix.rowMajor(values, 2, 2));
        assertThat(values).containsExactly(1, 2, 3, 4);
        FloatGemm.multiply(a, b, FloatMatrix.rowMajor(values, 2, 2));
        assertThat(values).containsExactly(0, 0, 0, 0);
    }

    @Test
    void onlyTheWindowIsWritten() {
        float[] wide = new float[6 * 10];
        java.util.Arrays.fill(wide, 7f);
        FloatMatrix window = FloatMatrix.rowMajor(wide, 6, 10).rowRange(1, 4).columnRange(2, 5);
        FloatGemm.multiply(operand(4, 3, false), operand(3, 5, false), window);
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 10; j++) {
                boolean inside = i >= 1 && i < 5 && j >= 2 && j < 7;
                if (!inside) {
                    assertThat(wide[i * 10 + j]).isEqualTo(7f);
                }
            }
        }
    }

    @Test
    void oneThreadAndAllCoresGiveTheSameBits() {
        FloatMatrix a = operand(301, 600, false);
        FloatMatrix b = operand(600, 130, true);
        FloatMatrix here = copy(operand(301, 130, false));
        FloatMatrix shared = copy(here);
        FloatGemm.multiplyHere(a, b, here);
        FloatGemm.multiply(a, b, shared);
        assertThat(shared.values()).isEqualTo(here.values());
        FloatGemm.multiplyAddHere(a, b, here);
        FloatGemm.multiplyAdd(a, b, shared);
        assertThat(shared.values()).isEqualTo(here.values());
    }

    @Test
    void aThinStreamHasTheBitsOfThePanelsWhicheverSideIsThin() {
        for (int[] shape : new int[][] {{8, 1100, 300}, {300, 600, 8}, {131, 1030, 5}, {6, 517, 67}}) {
            FloatMatrix a = operand(shape[0], shape[2], true);
            FloatMatrix b = operand(shape[2], shape[1], false);
            FloatMatrix stream = copy(operand(shape[0], shape[1], false));
            FloatMatrix panels = copy(stream);
            FloatGemm.multiplyAdd(a, b, stream);
            FloatGemm.multiplyAddHere(a, b, panels);
            assertThat(stream.values()).isEqualTo(panels.values());
        }
    }

    @Test
    void innerProductsHaveTheSameBitsInOnePieceAndInSeveral() {
        FloatMatrix a = operand(301, 1003, false);
        FloatMatrix b = operand(1003, 7, true);
        FloatMatrix whole = copy(operand(301, 7, false));
        FloatMatrix shared = copy(whole);
        FloatDots.run(a, b.transposed(), whole);
        FloatGemm.multiplyAdd(a, b, shared);
        assertThat(shared.values()).isEqualTo(whole.values());
    }

    @Test
    void aWrongShapeIsRefused() {
        assertThatThrownBy(() -> FloatGemm.multiply(operand(2, 3, false), operand(4, 5, false), operand(2, 5, false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 × 3")
                .hasMessageContaining("4 × 5");
        assertThatThrownBy(() -> FloatMatrix.rowMajor(new float[5], 2, 3)).hasMessageContaining("array of 5");
    }

    @Test
    void aClearLinearMultipliesByItsWeightsAndBackByTheirTranspose() {
        ClearLinear layer = new ClearLinear(new float[] {1, 2, 3, 4, 5, 6}, 2, 3); // rows (1 2 3), (4 5 6)
        float[] y = new float[4];
        layer.forward(new float[] {1, 0, -1, 1, 1, 1, 99}, 2, y);
        assertThat(y).containsExactly(-2, -2, 6, 15);
        float[] dx = {9, 9, 9, 9, 9, 9};
        layer.backward(new float[] {1, -1, 0, 2}, 2, dx);
        assertThat(dx).containsExactly(-3, -3, -3, 8, 10, 12);
        assertThatThrownBy(() -> new ClearLinear(new float[5], 2, 3)).hasMessageContaining("got 5 values");
    }

    private FloatMatrix operand(int rows, int columns, boolean transposed) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return transposed
                ? FloatMatrix.rowMajor(values, columns, rows).transposed()
                : FloatMatrix.rowMajor(values, rows, columns);
    }

    private static FloatMatrix copy(FloatMatrix from) {
        return FloatMatrix.rowMajor(from.values().clone(), from.rows(), from.columns());
    }

    private static void requireEqual(FloatMatrix got, FloatMatrix a, FloatMatrix b, FloatMatrix c) {
        for (int i = 0; i < got.rows(); i++) {
            for (int j = 0; j < got.columns(); j++) {
                double expected = c == null ? 0 : c.values()[c.index(i, j)];
                for (int k = 0; k < a.columns(); k++) {
                    expected += (double) a.values()[a.index(i, k)] * b.values()[b.index(k, j)];
                }
                assertThat((double) got.values()[got.index(i, j)])
                        .isCloseTo(expected, within(2e-6 * (1 + a.columns())));
            }
        }
    }
}
