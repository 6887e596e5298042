package io.veilora.functions.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GemmSpeedCommandTest {
    @TempDir
    Path temporary;

    @Test
    void everyShapeIsMeasuredInBothDirections() throws IOException {
        Path result = temporary.resolve("gemm.json");
        int exit = Provider.commandLine()
                .execute("gemm-speed", "--shapes", "3x64x32,1x7x9", "--seconds", "0.01", "--result", result.toString());
        assertThat(exit).isZero();
        JsonNode json = ProtocolJson.MAPPER.readTree(result.toFile());
        assertThat(json.path("engine").asText()).isNotEmpty();
        assertThat(json.path("threads").asInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(json.path("speeds")).hasSize(4).allSatisfy(speed -> {
            assertThat(speed.path("calls").asInt()).isPositive();
            assertThat(speed.path("gmacPerSecond").asDouble()).isPositive();
        });
        assertThat(json.at("/speeds/1/direction").asText()).isEqualTo("backward");
        assertThat(json.at("/speeds/2/inputFeatures").asInt()).isEqualTo(7);
    }

    @Test
    void aShapeThatIsNoneIsAProblem() {
        assertThat(Provider.commandLine()
                        .execute("gemm-speed", "--shapes", "3x64", "--seconds", "0.01", "--result", "unused"))
                .isOne();
    }
}
