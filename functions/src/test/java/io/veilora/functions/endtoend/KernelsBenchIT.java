package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code veilora bench kernels --short} as a user runs it: the launcher, the client's process, the provider's. */
class KernelsBenchIT {
    @TempDir
    Path temporary;

    @Test
    void bothSidesAreMeasuredAndTheReportHasTheFigures() throws IOException, InterruptedException {
        Path report = temporary.resolve("kernels.json");
        Path output = temporary.resolve("output");
        ProcessBuilder command = new ProcessBuilder(
                        Path.of("../veilora").toAbsolutePath().toString(),
                        "bench",
                        "kernels",
                        "--short",
                        "--report",
                        report.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        command.environment().put("VEILORA_NO_BUILD", "1");
        assertThat(command.start().waitFor()).as(Files.readString(output)).isZero();

        assertThat(Files.readString(output)).contains("64x256x704", "GMAC/s per core", "every answer was checked");
        JsonNode json = ProtocolJson.MAPPER.readTree(report.toFile());
        assertThat(json.path("cryptoNanosPerValuePerCore").asDouble()).isPositive();
        assertThat(json.path("gemmGmacPerSecondPerCore").asDouble()).isPositive();
        assertThat(json.path("gemmEngine").asText()).isNotEmpty();
        assertThat(json.path("answersChecked").asBoolean()).isTrue();
        assertThat(json.path("crypto")).hasSize(2);
        assertThat(json.at("/gemm/0/threads").asInt()).isOne();
        assertThat(json.at("/gemm/0/speeds")).hasSize(2);
    }
}
