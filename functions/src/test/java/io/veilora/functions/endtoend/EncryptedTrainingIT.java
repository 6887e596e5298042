package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.Outcome;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.transport.ConnectionListener;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fine-tuning under encryption through the real server, beside the same fine-tuning here. */
class EncryptedTrainingIT {
    private static final int OPTIMIZER_STEPS = 6;

    /** DESIGN §8: within 1 % of clear float32 at every logged step. */
    private static final double CLEAR_BOUND = 0.01;

    @TempDir
    Path folder;

    @Test
    void everyLossUnderEncryptionIsThatOfSimulatedAndOfClearTrainingAndTheLossFalls() throws Exception {
        Outcome simulated = SampleRun.simulated(OPTIMIZER_STEPS, folder.resolve("simulated"));
        Outcome clear = SampleRun.clear(OPTIMIZER_STEPS, folder.resolve("clear"));
        Outcome encrypted;
        try (SampleProvider provider = SampleProvider.imported(folder).start();
                SampleClient client = SampleClient.connect(
                        provider.url(), provider.apiKey(), folder.resolve("cache"), ConnectionListener.SILENT)) {
            encrypted = SampleRun.train(client.base(), OPTIMIZER_STEPS, folder.resolve("encrypted"), event -> {});
            provider.stop();
            assertThat(provider.chargedSteps())
                    .containsExactlyInAnyOrderElementsOf(client.transport().stepIds());
        }
        assertThat(encrypted.steps()).hasSize(OPTIMIZER_STEPS);
        assertThat(SampleRun.difference(encrypted, simulated))
                .as("encrypted %s, simulated %s", losses(encrypted), losses(simulated))
                .isLessThan(SampleRun.NOISE_BOUND);
        assertThat(SampleRun.difference(encrypted, clear))
                .as("encrypted %s, clear %s", losses(encrypted), losses(clear))
                .isLessThan(CLEAR_BOUND);
        List<Evaluated> heldOut = encrypted.evaluations();
        assertThat(heldOut.getLast().loss())
                .isLessThan(0.85 * heldOut.getFirst().loss());
    }

    private static String losses(Outcome outcome) {
        return Arrays.toString(SampleRun.losses(outcome));
    }
}
