package io.veilora.client.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.bench.StepResult.Layer;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTableTest {
    private static final StepTable.Model MODEL = new StepTable.Model("tiny", 80_640, 7_000_000);

    private static StepResult step(double loss, double seconds, Double providerCpu, Long peak) {
        Layer layer = new Layer("qkv", "forward", 2, seconds / 2, 0.25, 0.5, 0.125, 0.0625, 3_000_000, 1_500_000);
        return new StepResult(
                256,
                loss,
                seconds,
                seconds / 2,
                1.5,
                providerCpu,
                seconds / 4,
                12_345,
                2,
                3_000_000,
                1_500_000,
                9_900_000,
                List.of(layer),
                peak,
                peak);
    }

    @Test
    void theLastStepIsReportedAndTheFirstLossCompared() {
        StepTable table = new StepTable(
                MODEL,
                List.of(step(5.05, 8, 7.0, 300L), step(4.9, 4, 2.5, 400L)),
                List.of(step(5, 2, null, 900L), step(4.8, 1, null, 1000L)));
        assertThat(table.lossDifference()).isBetween(0.0099, 0.0101);
        assertThat(table.json())
                .containsEntry("tokensPerSecond", 64.0)
                .containsEntry("bytesPerToken", 4_500_000 / 256.0)
                .containsEntry("streamedHintBytes", 9_900_000L)
                .containsEntry("clientPeakMiB", 400L)
                .containsEntry("providerPeakMiB", 400L)
                .containsEntry("clientCpuSeconds", 1.5)
                .containsEntry("providerCpuSeconds", 2.5)
                .containsEntry("clearCpuSeconds", 1.5)
                .containsEntry("clearTokensPerSecond", 256.0)
                .containsEntry("hintBytes", 7_000_000L)
                .containsEntry("clientCpuShare", 1.5 / 8)
                .containsEntry("bothCpuShare", 4.0 / 8)
                .containsEntry("waitingShare", 0.25)
                .containsEntry("peakBytesInFlight", 12_345L);
        assertThat(table.text())
                .contains(
                        "qkv",
                        "tokens per second",
                        "64.00",
                        "25.0 % of the time",
                        "12,345",
                        "hints streamed              9.9 MB",
                        "clear, client alone",
                        "1.000 %");
    }

    @Test
    void whatWasNotMeasuredIsMissingAndNotGuessed() {
        StepTable table = new StepTable(MODEL, List.of(step(5, 4, 2.5, null)), List.of());
        assertThat(table.json())
                .containsEntry("clearCpuSeconds", null)
                .containsEntry("clientPeakMiB", null)
                .containsEntry("relativeLossDifference", null);
        assertThat(table.text())
                .contains("unknown (this system does not tell)")
                .doesNotContain("clear, client alone", "saved");
    }
}
