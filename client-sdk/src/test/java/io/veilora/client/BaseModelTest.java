package io.veilora.client;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseModelTest {
    /** What this process has mapped, as Linux tells it. */
    private static final Path MAPPED = Path.of("/proc/self/maps");

    @TempDir
    Path folder;

    @Test
    void aFolderThatDoesNotOpenStaysNeitherOpenNorMapped() throws IOException {
        assumeThat(MAPPED).exists();
        Path model = folder.toRealPath();
        for (String name : List.of(HuggingFaceFolder.CONFIG, "model.safetensors")) {
            Files.copy(Path.of("../src/sample/model", name), model.resolve(name));
        }
        Files.writeString(model.resolve(HuggingFaceFolder.TOKENIZER), "no tokenizer");
        for (ModelSource source : List.of(new ModelSource.Clear(model), new ModelSource.Simulated(model, 1))) {
            assertProblem(ProblemCode.INVALID_INPUT, () -> BaseModel.open(source))
                    .contains(HuggingFaceFolder.TOKENIZER);
            assertThat(Files.readString(MAPPED)).doesNotContain(model.toString());
        }
    }
}
