package io.veilora.client;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.Projection;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingConfig.Length;
import io.veilora.client.train.TrainingEvent;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tells whether an adapter belongs to a base model: the digest in it, and without one its shapes. */
class AdaptersOfOtherModelsTest {
    private static final Path SAMPLE = Path.of("../src/sample");
    private static final LoraConfig LORA = new LoraConfig(2, 4, EnumSet.of(Projection.Q, Projection.V), 3);

    @TempDir
    Path folder;

    private final List<TrainingEvent> warnings = new ArrayList<>();
    private Path adapter;

    /** The adapter of a run on the sample model. */
    @BeforeEach
    void train() throws IOException {
        try (BaseModel model = open(SAMPLE.resolve("model"))) {
            adapter = tuning(model).run(folder.resolve("run")).adapterFolder();
        }
    }

    private static BaseModel open(Path model) throws IOException {
        return BaseModel.open(new ModelSource.Clear(model));
    }

    private FineTuning tuning(BaseModel model) throws IOException {
        List<String> lines = Files.readAllLines(SAMPLE.resolve("data/train.jsonl"));
        Path data = Files.write(folder.resolve("train.jsonl"), lines.subList(0, 3));
        return FineTuning.of(model).data(data).config(TrainingConfig.usual(LORA, 1e-2, Length.ofOptimizerSteps(1)));
    }

    /** The sample model elsewhere, and so under another name. */
    private Path copied() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copy"));
        try (Stream<Path> files = Files.list(SAMPLE.resolve("model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    /** With a matrix half as large again: the same int8 weights with other scales, in the same shape. */
    private static void changeOneMatrix(Path model) throws IOException {
        rewrite(model.resolve("model.safetensors"), "model.layers.0.mlp.down_proj.weight");
    }

    /** Writes the tensors anew, without metadata. */
    private static void rewrite(Path file, String changed) throws IOException {
        Path anew = file.resolveSibling("anew");
        try (Safetensors tensors = Safetensors.open(file)) {
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            for (Safetensors.Tensor tensor : tensors.tensors().values()) {
                float[] values = tensor.floats();
                for (int i = 0; tensor.name().equals(changed) && i < values.length; i++) {
                    values[i] *= 1.5f;
                }
                writer.add(tensor.name(), values, tensor.shape());
            }
            writer.write(anew);
        }
        Files.delete(file);
        Files.move(anew, file);
    }

    @Test
    void anAdapterForAModelOfTheSameShapesIsRefusedNamingFileBothDigestsAndRemedy() throws IOException {
        Path copy = copied();
        changeOneMatrix(copy);
        String stated = PeftFiles.readTrainedOn(adapter).digest();
        try (BaseModel other = open(copy)) {
            String here = other.trainedOn().digest();
            assertThat(here).isNotEqualTo(stated);
            assertProblem(ProblemCode.INVALID_INPUT, () -> other.readAdapter(adapter, warnings::add))
                    .contains(
                            adapter.resolve(PeftFiles.WEIGHTS).toString(),
                            "digest " + stated.substring(0, 12) + ")",
                            "digest " + here.substring(0, 12) + ")",
                            "Remedy: use the base model that the adapter was trained on")
                    .doesNotContain(stated, here);
            Path run = folder.resolve("second");
            assertProblem(
                    ProblemCode.INVALID_INPUT,
                    () -> tuning(other).adapter(adapter).run(run));
            assertThat(run).doesNotExist();
        }
    }

    @Test
    void theSameModelUnderAnotherNameTakesTheAdapterWithoutAWarning() throws IOException {
        try (BaseModel same = open(copied())) {
            assertThat(same.name())
                    .isNotEqualTo(PeftFiles.readTrainedOn(adapter).name());
            Adapter read = same.readAdapter(adapter, warnings::add);
            assertThat(read.isEmpty()).isFalse();
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void clearAndSimulatedModelsOfOneFolderHaveOneDigest() throws IOException {
        Path model = SAMPLE.resolve("model");
        try (BaseModel clear = open(model);
                BaseModel simulated = BaseModel.open(new ModelSource.Simulated(model, 1))) {
            assertThat(simulated.trainedOn()).isEqualTo(clear.trainedOn());
        }
    }

    @Test
    void withoutADigestAnotherNameIsAWarning() throws IOException {
        rewrite(adapter.resolve(PeftFiles.WEIGHTS), "none");
        assertThat(PeftFiles.readTrainedOn(adapter).digest()).isNull();
        Path copy = copied();
        changeOneMatrix(copy);
        try (BaseModel other = open(copy)) {
            tuning(other).adapter(adapter).listener(warnings::add).run(folder.resolve("second"));
            assertThat(warnings.getFirst())
                    .isEqualTo(new TrainingEvent.OtherBaseModelName(
                            adapter.resolve(PeftFiles.CONFIG),
                            SAMPLE.resolve("model").toAbsolutePath().normalize().toString(),
                            other.name()));
        }
    }

    @Test
    void aRunDoesNotGoOnWithOtherNormsThoughTheyAreNotInTheModelDigest() throws IOException {
        Path copy = copied();
        Path run = folder.resolve("norms");
        String before;
        try (BaseModel model = open(copy)) {
            before = model.trainedOn().digest();
            tuning(model).run(run);
        }
        rewrite(copy.resolve("model.safetensors"), "model.norm.weight");
        try (BaseModel model = open(copy)) {
            assertThat(model.trainedOn().digest()).isEqualTo(before);
            assertProblem(ProblemCode.INVALID_INPUT, () -> tuning(model).run(run))
                    .contains(run.resolve("config.json").toString(), "client tensors: the run has digest", "Remedy")
                    .doesNotContain("base model: the run");
        }
    }
}
