package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.bench.StepTable;
import io.veilora.protocol.model.SyntheticModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepBenchCommandTest {
    @TempDir
    Path folder;

    /**
     * By hand from the published shapes, d hidden, f intermediate, k of keys, V vocabulary, B blocks: weights are {@code
     * B·(d·(d + 2k) + d·d + 3·d·f) + V·d}; a hint has {@code 3·1280} bytes for each of {@code B·(6·d + 2·k + 3·f) + V + d}
     * rows of both directions, and {@code 64·(8·B + 2)} of headers.
     */
    @ParameterizedTest
    @CsvSource({
        "llama-3.2-1b, 2048, 8192, 512, 16",
        "llama-3.2-3b, 3072, 8192, 1024, 28",
        "llama-3.1-8b, 4096, 14336, 1024, 32"
    })
    void theShapesOfEveryGeometryAreThoseOfTheModelItIsNamedAfter(String geometry, long d, long f, long k, long b)
            throws IOException {
        long vocabulary = 128_256;
        StepTable.Model model = StepBenchCommand.model(geometry, StepBenchCommand.config(geometry, folder));
        assertThat(model.linearWeights()).isEqualTo(b * (d * (d + 2 * k) + d * d + 3 * d * f) + vocabulary * d);
        long rows = b * (6 * d + 2 * k + 3 * f) + vocabulary + d;
        assertThat(model.hintBytes()).isEqualTo(3 * 1280 * rows + 64 * (8 * b + 2));
    }

    /** The client has to stay below 4 GB with 1B, and its heap must grow with the model and the tokens. */
    @ParameterizedTest
    @CsvSource({
        "llama-3.2-1b, 256, 1900, 2300",
        "llama-3.2-1b, 1024, 6000, 6700",
        "llama-3.2-3b, 256, 3400, 4200",
        "llama-3.1-8b, 256, 5600, 6600"
    })
    void theHeapOfTheClientFollowsTheGeometry(String geometry, int tokens, long leastMiB, long mostMiB)
            throws IOException {
        long heap = StepBenchCommand.clientHeap(StepBenchCommand.config(geometry, folder), tokens);
        assertThat(heap >> 20).isBetween(leastMiB, mostMiB);
    }

    @Test
    void theFolderOfTheReportIsMadeBeforeAnythingIsMeasured() {
        Path report = folder.resolve("reports/today/step.json");
        CommandRun.of(
                "bench", "step", "--geometry", "gpt-2", "--dir", folder.toString(), "--report", report.toString());
        assertThat(report.getParent()).isDirectory();
    }

    @Test
    void theHelpNamesEveryGeometry() {
        assertThat(CommandRun.of("bench", "step", "--help").out()).contains(SyntheticModel.GEOMETRIES);
    }

    @Test
    void anUnknownGeometryIsAProblemThatNamesTheKnownOnes() {
        CommandRun run = CommandRun.of("bench", "step", "--geometry", "gpt-2", "--dir", folder.toString());
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("gpt-2", "llama-3.2-3b", "llama-3.1-8b");
    }
}
