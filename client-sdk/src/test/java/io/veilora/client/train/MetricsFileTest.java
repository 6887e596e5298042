package io.veilora.client.train;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.Started;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
    @TempDir
    Path folder;

    private static final StepCosts.Totals COSTS =
            new StepCosts.Totals(68, 17408, 9, 8, 7, 1 << 20, 1 << 19, 4, 5, 6, 3, 2);

    private MetricsFile metrics;

    private static StepFinished step(long step) {
        return new StepFinished(step, 0.1 + step, 1e-3 / 3, 0.7, 512, 300, 0.25, COSTS, new ProcessorUse(0.3, 0.5));
    }

    private static Started started(long done) {
        return new Started(done, 9, 1, List.of());
    }

    @BeforeEach
    void writeThreeSteps() {
        metrics = new MetricsFile(folder.resolve("run"));
        metrics.on(started(0));
        metrics.on(new Evaluated(0, 4.5, 100, 1));
        for (int i = 1; i <= 3; i++) {
            metrics.on(step(i));
        }
        metrics.on(new Evaluated(3, 3.5, 100, 1));
    }

    private Path file() {
        return folder.resolve("run/metrics.jsonl");
    }

    @Test
    void holdsEveryNumberToTheLastBit() throws IOException {
        assertThat(metrics.steps()).containsExactly(step(1), step(2), step(3));
        assertThat(metrics.evaluations()).containsExactly(new Evaluated(0, 4.5, 100, 1), new Evaluated(3, 3.5, 100, 1));
        assertThat(Files.readAllLines(file()).get(1))
                .startsWith("{\"event\":\"step\",\"step\":1,\"loss\":1.1,\"learningRate\":");
    }

    @Test
    void aRunThatGoesOnCutsItBackToItsCheckpoint() throws IOException {
        metrics.on(started(2));
        metrics.on(step(3));
        assertThat(metrics.steps()).containsExactly(step(1), step(2), step(3));
        assertThat(metrics.evaluations()).containsExactly(new Evaluated(0, 4.5, 100, 1));
    }

    @Test
    void aNewRunBeginsWithAnEmptyFile() throws IOException {
        metrics.on(started(0));
        assertThat(file()).isEmptyFile();
    }

    @Test
    void aLastLineCutOffByAKillIsDropped() throws IOException {
        Files.writeString(file(), "{\"event\":\"step\",\"step\":4,\"lo", StandardOpenOption.APPEND);
        assertThat(metrics.steps()).hasSize(3);
        metrics.on(started(3));
        metrics.on(step(4));
        assertThat(metrics.steps()).containsExactly(step(1), step(2), step(3), step(4));
    }

    @Test
    void aStepOfAnEarlierVersionHasNoProcessorTimeAndNothingInFlight() throws IOException {
        String text = Files.readString(file());
        Files.writeString(
                file(), text.replaceAll(",\"processor\":\\{[^}]*}", "").replaceAll(",\"peakBytesInFlight\":\\d+", ""));
        assertThat(Files.readString(file())).doesNotContain("processor", "peak");
        assertThat(metrics.steps()).hasSize(3).allSatisfy(step -> {
            assertThat(step.processor()).isEqualTo(ProcessorUse.NONE);
            assertThat(step.costs().peakBytesInFlight()).isZero();
            assertThat(step.costs().waitNanos()).isEqualTo(COSTS.waitNanos());
        });
    }

    @Test
    void anEvaluationHasItsTrafficAndOneOfAnEarlierVersionNone() throws IOException {
        Evaluated evaluated = new Evaluated(3, 3.25, 100, 1, COSTS);
        metrics.on(evaluated);
        assertThat(metrics.evaluations().getLast()).isEqualTo(evaluated);
        Files.writeString(
                file(),
                "{\"event\":\"evaluation\",\"step\":3,\"loss\":3.0,\"labelledTokens\":100,\"seconds\":1.0}\n",
                StandardOpenOption.APPEND);
        assertThat(metrics.evaluations().getLast()).isEqualTo(new Evaluated(3, 3.0, 100, 1));
    }

    @Test
    void aLineThatIsNotJsonIsAnErrorWithItsNumber() throws IOException {
        Files.writeString(file(), "nonsense\n", StandardOpenOption.APPEND);
        assertProblem(ProblemCode.INVALID_INPUT, () -> metrics.on(started(3)))
                .contains(file() + ", line 6 is not valid JSON", "Remedy");
    }
}
