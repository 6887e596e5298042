package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.Outcome;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of a client in the middle of encrypted training; another process goes on. */
class KilledClientIT {
    private static final int OPTIMIZER_STEPS = 5;

    @TempDir
    Path folder;

    @Test
    void aKilledClientGoesOnWithTheSameLossesAndNeverRepeatsAStepIdOrACiphertext() throws Exception {
        Outcome undisturbed = SampleRun.simulated(OPTIMIZER_STEPS, folder.resolve("simulated"));
        Path run = folder.resolve("encrypted");
        try (SampleProvider provider = SampleProvider.imported(folder).start()) {
            // A checkpoint comes every second optimizer step: the third is lost and done again.
            killAfter("StepFinished[step=3,", provider, run);
            List<StepRequested> before = claims(provider);
            Outcome resumed;
            List<UUID> sentAfter;
            try (SampleClient client = SampleClient.connect(
                    provider.url(), provider.apiKey(), folder.resolve("cache"), ConnectionListener.SILENT)) {
                List<String> events = new ArrayList<>();
                resumed = SampleRun.train(client.base(), OPTIMIZER_STEPS, run, event -> events.add(event.toString()));
                assertThat(events.getFirst()).startsWith("Started[optimizerStepsDone=2,");
                sentAfter = client.transport().stepIds();
            }
            List<StepRequested> all = claims(provider);

            assertThat(SampleRun.difference(resumed, undisturbed)).isLessThan(SampleRun.NOISE_BOUND);
            assertThat(before.stream().map(StepRequested::stepId)).isNotEmpty().doesNotContainAnyElementsOf(sentAfter);
            // At least: a last request of the killed client may have come in after the first look.
            assertThat(all).hasSizeGreaterThanOrEqualTo(before.size() + sentAfter.size());
            assertThat(all.stream().map(StepRequested::stepId)).containsAll(sentAfter);
            assertThat(all.stream().map(StepRequested::requestDigest)).doesNotHaveDuplicates();
        }
    }

    private void killAfter(String event, SampleProvider provider, Path run) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), KilledClient.class.getName()));
        command.addAll(List.of(provider.url().toString(), provider.apiKey()));
        command.addAll(List.of(folder.resolve("cache").toString(), run.toString(), Integer.toString(OPTIMIZER_STEPS)));
        Process client = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = client.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.startsWith(event)) {
                line = output.readLine();
            }
            assertThat(line).as("the client ended before %s", event).isNotNull();
        } finally {
            client.destroyForcibly().waitFor();
        }
    }

    /** What every step id that the provider was ever sent stands for: step, digest of its bytes. */
    private static List<StepRequested> claims(SampleProvider provider) throws IOException {
        List<StepRequested> claims = new ArrayList<>();
        try (Stream<Path> blobs = Files.walk(provider.data().resolve("blobs"))) {
            for (Path blob :
                    blobs.filter(file -> file.toString().endsWith(".claim")).toList()) {
                claims.add(ProtocolJson.MAPPER.readValue(blob.toFile(), StepRequested.class));
            }
        }
        return claims;
    }
}
