package io.veilora.client.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {
    private static List<String> labels(double low, double high) {
        Axis axis = Axis.around(low, high);
        return axis.ticks().stream().map(axis::label).toList();
    }

    @Test
    void ticksAreRoundNumbersAroundTheValues() {
        assertThat(labels(0, 200)).containsExactly("0", "50", "100", "150", "200");
        assertThat(labels(3.22, 4.48)).containsExactly("3.0", "3.5", "4.0", "4.5");
        assertThat(labels(0, 1e-3)).containsExactly("0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010");
        assertThat(labels(0, 2e-5)).containsExactly("0", "5e-06", "1e-05", "1.5e-05", "2e-05");
    }

    @Test
    void optimizerStepsHaveNoTicksBetweenThem() {
        for (int last = 1; last <= 3; last++) {
            Axis axis = Axis.aroundWhole(1, last);
            assertThat(axis.step()).isEqualTo(1);
            assertThat(axis.share(last)).isBetween(0.0, 1.0);
        }
        assertThat(Axis.aroundWhole(0, 200)).isEqualTo(Axis.around(0, 200));
    }

    @Test
    void everyValueLiesOnTheAxisEvenASingleOne() {
        for (double[] range : new double[][] {{0, 1}, {7, 7}, {0, 0}, {-2, 3}, {1e-9, 2e9}, {0.1, 0.3}}) {
            Axis axis = Axis.around(range[0], range[1]);
            assertThat(axis.share(range[0])).isBetween(-1e-9, 1.0 + 1e-9);
            assertThat(axis.share(range[1])).isBetween(-1e-9, 1.0 + 1e-9);
            assertThat(axis.ticks()).hasSizeBetween(2, 9);
        }
    }
}
