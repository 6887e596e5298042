package io.veilora.functions.endtoend;

import io.veilora.client.train.TrainingEvent;
import io.veilora.client.transport.ConnectionListener;
import java.net.URI;
import java.nio.file.Path;

/** The program that {@link KilledClientIT} kills: encrypted training, a line on the output for every event. */
final class KilledClient {
    private KilledClient() {}

    /** Arguments: provider URL, API key, cache folder, run folder, optimizer steps. */
    public static void main(String[] arguments) throws Exception {
        try (SampleClient client = SampleClient.connect(
                URI.create(arguments[0]), arguments[1], Path.of(arguments[2]), ConnectionListener.SILENT)) {
            SampleRun.train(
                    client.base(),
                    Integer.parseInt(arguments[4]),
                    Path.of(arguments[3]),
                    (TrainingEvent event) -> System.out.println(event));
        }
    }
}
