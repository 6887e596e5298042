package io.veilora.client.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.bench.CryptoBench.Result;
import io.veilora.client.bench.CryptoBench.Shape;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelsReportTest {
    private static final KernelsReport.Machine MACHINE = new KernelsReport.Machine("Some CPU", 2, 512, "25", 0.5, 170);

    private static KernelsReport report(double log2Error) {
        List<Result> crypto = List.of(
                new Result(new Shape(1024, 2048, true, 1), 3, 2, -11),
                new Result(new Shape(1024, 2048, false, 1), 4, 6, log2Error));
        return new KernelsReport(crypto, List.of(gemm("slow", 1, 21.5), gemm("fast", 2, 20.5)), MACHINE);
    }

    private static JsonNode gemm(String engine, int threads, double perCore) {
        Map<String, Object> speed = Map.of(
                "tokens",
                256,
                "inputFeatures",
                2048,
                "outputFeatures",
                8192,
                "direction",
                "forward",
                "calls",
                7,
                "gmacPerSecond",
                40.5,
                "gmacPerSecondPerCore",
                perCore);
        return ProtocolJson.MAPPER.valueToTree(Map.of("engine", engine, "threads", threads, "speeds", List.of(speed)));
    }

    @Test
    void theFirstShapesAreTheHeadlinesAndEveryOneIsInTheTable() {
        KernelsReport report = report(-10);
        assertThat(report.json())
                .containsEntry("cryptoNanosPerValuePerCore", 2.5)
                .containsEntry("gemmGmacPerSecondPerCore", 21.5)
                .containsEntry("gemmEngine", "fast")
                .containsEntry("answersChecked", true);
        assertThat(report.text())
                .contains(
                        "Some CPU", "1024      2048   kept", "1024      2048  fresh", "256x2048x8192", "40.5", "≤ 3.0")
                .contains("every answer was checked");
    }

    @Test
    void anAnswerThatDidNotDecryptIsSaid() {
        assertThat(report(-3).isExact()).isFalse();
        assertThat(report(-3).text()).contains("WRONG").doesNotContain("every answer was checked");
    }

    @Test
    void cryptographyIsMeasuredHereAndTheGemmWhereItIsAsked() throws IOException {
        KernelsReport report = KernelsBench.run(KernelSweep.brief(), (threads, sweep) -> gemm("none", threads, 1));
        assertThat(report.isExact()).isTrue();
        assertThat(report.cryptoNanosPerValuePerCore()).isPositive();
        assertThat(report.machine().processor()).isNotBlank();
        assertThat(report.gemm().getFirst().path("threads").asInt()).isOne();
    }
}
