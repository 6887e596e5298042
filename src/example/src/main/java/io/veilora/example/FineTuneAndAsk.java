package io.veilora.example;

import io.veilora.client.BaseModel;
import io.veilora.client.FineTuning;
import io.veilora.client.Outcome;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingConfig.Length;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Fine-tunes a model that a provider hosts on records that the provider never sees, and asks the result something.
 *
 * <pre>
 * ./veilora server                                                  # in another terminal, with the sample imported
 * java … io.veilora.example.FineTuneAndAsk http://127.0.0.1:8080 .veilora/provider/api-key sample \
 *     src/sample/data/train.jsonl runs/example 40 'Note: …'
 * </pre>
 */
public final class FineTuneAndAsk {
    private static final int ANSWER_TOKENS = 40;

    private FineTuneAndAsk() {}

    /** Arguments: provider's URL, file with the API key, model, records, run folder, optimizer steps, prompt. */
    public static void main(String... arguments) throws IOException {
        String apiKey = Files.readString(Path.of(arguments[1])).strip();
        try (BaseModel model = BaseModel.connect(URI.create(arguments[0]), apiKey, arguments[2])) {
            Path records = Path.of(arguments[3]);
            Outcome outcome = fineTune(model, records, Path.of(arguments[4]), Integer.parseInt(arguments[5]));
            System.out.println("held-out loss: " + outcome.heldOutLoss());
            System.out.println("answer: " + answer(model, outcome, arguments[6]));
        }
    }

    static Outcome fineTune(BaseModel model, Path records, Path runFolder, int optimizerSteps) throws IOException {
        TrainingConfig config =
                TrainingConfig.usual(TrainingConfig.usual().lora(), 2e-3, Length.ofOptimizerSteps(optimizerSteps));
        return FineTuning.of(model)
                .data(records)
                .heldOut(records.resolveSibling("heldout.jsonl"))
                .config(config)
                .run(runFolder);
    }

    static String answer(BaseModel model, Outcome outcome, String prompt) {
        return Generator.of(model, outcome.adapter())
                .generate(prompt, GenerationSettings.greedy(ANSWER_TOKENS), piece -> {})
                .text();
    }
}
