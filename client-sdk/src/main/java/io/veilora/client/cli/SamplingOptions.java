package io.veilora.client.cli;

import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Sampling;
import java.util.List;
import picocli.CommandLine.Option;

/** How texts are generated. */
final class SamplingOptions {
    @Option(
            names = {"--max-tokens", "--max-new-tokens"},
            paramLabel = "N",
            defaultValue = "80",
            description = "longest answer, in tokens (default: ${DEFAULT-VALUE})")
    private int maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "X",
            defaultValue = "0",
            description = "0 takes the most probable token (default), 1 draws as the model was trained")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "draw among the most probable tokens that together reach P (default: ${DEFAULT-VALUE})")
    private double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "draw among the K most probable tokens, 0 for all (default: ${DEFAULT-VALUE})")
    private int topK;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "the same seed draws the same text (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "end before this text; may be repeated")
    private List<String> stops = List.of();

    @Option(
            names = "--hide-length",
            description =
                    "compute --max-tokens tokens whatever the answer, so that the provider cannot tell its length")
    private boolean hideLength;

    GenerationSettings settings() {
        return new GenerationSettings(maxTokens, new Sampling(temperature, topP, topK, seed), stops, hideLength);
    }
}
