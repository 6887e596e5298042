package io.veilora.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.BaseModel;
import io.veilora.client.ModelSource;
import io.veilora.client.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example on the sample model in the clear; under encryption, with a provider, it is {@code ExampleIT}'s. */
class FineTuneAndAskTest {
    private static final Path SAMPLE = Path.of("../sample");

    @TempDir
    Path folder;

    private Path head(String name, int records) throws IOException {
        List<String> lines = Files.readAllLines(SAMPLE.resolve("data").resolve(name));
        return Files.write(folder.resolve(name), lines.subList(0, records));
    }

    @Test
    void itLearnsAndAnswers() throws IOException {
        Path records = head("train.jsonl", 12);
        head("heldout.jsonl", 2);
        try (BaseModel model = BaseModel.open(new ModelSource.Clear(SAMPLE.resolve("model")))) {
            Outcome outcome = FineTuneAndAsk.fineTune(model, records, folder.resolve("run"), 6);
            assertThat(outcome.heldOutLoss())
                    .isLessThan(0.95 * outcome.evaluations().getFirst().loss());
            assertThat(FineTuneAndAsk.answer(model, outcome, "Note: cough since Monday.\nSummary:\n"))
                    .isNotBlank();
        }
    }
}
