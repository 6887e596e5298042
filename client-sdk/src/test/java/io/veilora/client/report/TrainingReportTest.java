package io.veilora.client.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.ProcessorUse;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingReportTest {
    @TempDir
    Path folder;

    private static TrainingReport report() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put(TrainingReport.CLIENT_CRYPTO, 30.0);
        seconds.put(TrainingReport.BROKER_AND_STORES, 10.0);
        return new TrainingReport(
                "encrypted",
                "off",
                200,
                0.00123,
                4.0,
                1.5,
                1234.5,
                98304,
                49152,
                new TrainingReport.Hints(2_800_000_000L, 1_250_000),
                new TrainingReport.Evaluations(3, 6_000_000, 2_000_000, 7),
                seconds,
                new Utilisation(0.531, 0.25, 7_654_321),
                "/run/adapter",
                new TrainingReport.Sample("Note: x\nSummary:\n", "so \u001B[31mred", "Name: x\n"));
    }

    @Test
    void theJsonHasTheFieldsThatScriptsReadAndTheSecondsByPart() throws IOException {
        Path file = folder.resolve("new/report.json");
        report().writeJson(file);
        JsonNode json = ProtocolJson.MAPPER.readTree(file.toFile());
        assertThat(json.path("optimizerSteps").asInt()).isEqualTo(200);
        assertThat(json.path("maxRelativeLossDifference").asDouble()).isEqualTo(0.00123);
        assertThat(json.path("heldOutLossBefore").asDouble()).isEqualTo(4.0);
        assertThat(json.path("heldOutLossAfter").asDouble()).isEqualTo(1.5);
        assertThat(json.path("tokensPerSecond").asDouble()).isEqualTo(1234.5);
        assertThat(json.path("bytesUpPerToken").asDouble()).isEqualTo(98304);
        assertThat(json.path("bytesDownPerToken").asDouble()).isEqualTo(49152);
        assertThat(json.path("hints").path("keptBytes").asLong()).isEqualTo(2_800_000_000L);
        assertThat(json.path("hints").path("streamedBytes").asLong()).isEqualTo(1_250_000);
        assertThat(json.path("evaluations").path("count").asInt()).isEqualTo(3);
        assertThat(json.path("evaluations").path("bytesUp").asLong()).isEqualTo(6_000_000);
        assertThat(json.path("evaluations").path("bytesDown").asLong()).isEqualTo(2_000_000);
        assertThat(json.path("evaluations").path("streamedHintBytes").asLong()).isEqualTo(7);
        assertThat(json.path("secondsByPart").path("clientCrypto").asDouble()).isEqualTo(30);
        assertThat(json.path("utilisation").path("clientCpuShare").asDouble()).isEqualTo(0.531);
        assertThat(json.path("utilisation").path("waitingShare").asDouble()).isEqualTo(0.25);
        assertThat(json.path("utilisation").path("peakBytesInFlight").asLong()).isEqualTo(7_654_321);
        assertThat(json.path("verification").asText()).isEqualTo("off");
        assertThat(ProtocolJson.MAPPER.treeToValue(json, TrainingReport.class)).isEqualTo(report());
    }

    @Test
    void whatWasNotMeasuredIsNotInTheJsonAndNotInTheText() throws IOException {
        TrainingReport report = new TrainingReport(
                "clear", "off", 1, null, null, null, 1, 0, 0, null, null, Map.of(), null, "/run/adapter", null);
        Path file = folder.resolve("report.json");
        report.writeJson(file);
        JsonNode json = ProtocolJson.MAPPER.readTree(file.toFile());
        assertThat(json.has("maxRelativeLossDifference")).isFalse();
        assertThat(ReportText.render(report, false))
                .doesNotContain("difference", "held-out", "null", "time went", "busy", "hints", "evaluations");
    }

    @Test
    void theTextIsAlignedAndPlain() {
        assertThat(ReportText.render(report(), false)).isEqualTo("""
                        Training
                          frozen layers             encrypted
                          answers checked           off
                          optimizer steps           200
                          held-out loss before      4.0000
                          held-out loss after       1.5000 (-62.5 %)
                          difference to clear       0.1230 % at most
                          adapter                   /run/adapter

                        Speed, traffic and utilisation
                          tokens per second         1,234.5
                          bytes up per token        98,304
                          bytes down per token      49,152
                          client's cores busy       53.1 %
                          waiting for the provider  25.0 % of the time
                          most bytes in flight      7,654,321
                          hints on disk             2.8 GB
                          hints streamed            1.3 MB
                          evaluations besides       6.0 MB up, 2.0 MB down, 7 B of hints streamed

                        Where the training thread's time went
                          client crypto                 30.0 s   75.0 %
                          broker and stores             10.0 s   25.0 %

                        A prompt, answered before and after
                          prompt
                            | Note: x
                            | Summary:
                          before
                            | so  [31mred
                          after
                            | Name: x
                        """);
    }

    @Test
    void streamedHintsOfAllOptimizerStepsAddUpAndAreInNoOtherFigure() {
        StepCosts.Totals costs = new StepCosts.Totals(4, 1024, 1, 1, 1, 4000, 2000, 1, 1, 1, 3_000_000, 0);
        StepFinished step = new StepFinished(1, 2.0, 1e-3, 1, 100, 50, 1, costs, ProcessorUse.NONE);
        TrainingReport report = TrainingReport.of("encrypted", 5_000_000, List.of(step, step), List.of(), null);
        assertThat(report.hints()).isEqualTo(new TrainingReport.Hints(5_000_000, 6_000_000));
        assertThat(report.bytesDownPerToken()).isEqualTo(20);
        StepFinished clear = new StepFinished(1, 2.0, 1e-3, 1, 100, 50, 1, StepCosts.Totals.NONE, ProcessorUse.NONE);
        assertThat(TrainingReport.of("clear", 0, List.of(clear), List.of(), null)
                        .hints())
                .isNull();
    }

    @Test
    void coloursComeOnlyWhenAskedFor() {
        assertThat(ReportText.render(report(), true)).contains("\u001B[1mTraining\u001B[0m");
        assertThat(ReportText.render(report(), false)).doesNotContain("\u001B");
    }

    @Test
    void theLargestRelativeDifferenceIsOverAllSteps() {
        LossCurve clear = new LossCurve(List.of(4.0, 2.0, 1.0));
        assertThat(new LossCurve(List.of(4.0, 1.98, 1.005)).maxRelativeDifference(clear))
                .isCloseTo(0.01, within(1e-12));
        assertThat(clear.maxRelativeDifference(clear)).isZero();
        assertThatThrownBy(() -> new LossCurve(List.of(1.0)).maxRelativeDifference(clear))
                .hasMessageContaining("got 1 and 3 optimizer steps");
    }
}
