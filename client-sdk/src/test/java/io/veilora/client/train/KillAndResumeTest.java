package io.veilora.client.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KillAndResumeTest {
    private static final int STEPS = 40;

    @TempDir
    Path folder;

    private Process start(Path runFolder, int rest) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledTraining.class.getName(),
                runFolder.toString(),
                String.valueOf(STEPS),
                String.valueOf(rest)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Reads the program's output until a line begins like that; false when it ends first. */
    private static boolean awaitLine(BufferedReader output, String beginning) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(beginning)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aTrainingProcessKilledTwiceMidRunAndResumedHasTheCurveOfOneThatWasNot() throws Exception {
        ToyRun whole = new ToyRun(folder.resolve("whole"), ToyRun.config(STEPS));
        whole.train();

        Path parts = folder.resolve("parts");
        for (String moment : List.of("CheckpointSaved[step=9,", "StepFinished[step=26,")) {
            Process process = start(parts, 20);
            assertThat(awaitLine(process.inputReader(), moment)).isTrue();
            process.destroyForcibly().waitFor(); // SIGKILL: no shutdown hook, no flush
            assertThat(process.exitValue()).isNotZero();
        }
        Process last = start(parts, 0);
        assertThat(awaitLine(last.inputReader(), "Started[optimizerStepsDone=2"))
                .isTrue();
        assertThat(awaitLine(last.inputReader(), "CheckpointSaved[step=40,")).isTrue();
        assertThat(last.waitFor()).isZero();

        assertThat(new ToyRun(parts, ToyRun.config(STEPS)).curve()).isEqualTo(whole.curve());
    }
}
