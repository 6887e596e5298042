package io.veilora.client.lora;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeftFilesTest {
    /** The model that {@code src/test/reference/make_peft_adapter.py} adapted. */
    private static final LlamaConfig MODEL = new LlamaConfig(32, 8, 12, 2, 2, 1, 4, 1e-6, 10000, 16, true);

    private static final LoraConfig LORA =
            new LoraConfig(3, 6, EnumSet.of(Projection.Q, Projection.GATE, Projection.O), 7);

    private static final TrainedOn TINY = new TrainedOn("tiny", "ab".repeat(32));

    @TempDir
    Path folder;

    private Path reference;

    @BeforeEach
    void find() throws URISyntaxException {
        reference = Path.of(PeftFilesTest.class
                        .getResource("/reference/peft-adapter/adapter_config.json")
                        .toURI())
                .getParent();
    }

    @Test
    void readsAnAdapterThatPeftWrote() throws IOException {
        LoraConfig lora = PeftFiles.readConfig(reference);
        assertThat(lora).isEqualTo(new LoraConfig(2, 4, EnumSet.of(Projection.Q, Projection.V, Projection.DOWN), 0));
        Adapter adapter = PeftFiles.read(reference, MODEL);
        JsonNode sums = ProtocolJson.MAPPER
                .readTree(reference.resolve("expected.json").toFile())
                .path("sums");
        assertThat(adapter.parameters()).hasSize(sums.size());
        for (TrainedTensor tensor : adapter.parameters()) {
            double sum = 0;
            for (float value : tensor.value()) {
                sum += value;
            }
            assertThat(sum).as(tensor.name()).isCloseTo(sums.path(tensor.name()).asDouble(Double.NaN), within(1e-5));
        }
    }

    @Test
    void writesEveryTensorUnderTheNameAndShapeThatPeftGivesIt() throws IOException {
        Adapter adapter = PeftFiles.read(reference, MODEL);
        PeftFiles.write(folder, PeftFiles.readConfig(reference), adapter, TINY);
        try (Safetensors ours = Safetensors.open(folder.resolve(PeftFiles.WEIGHTS));
                Safetensors theirs = Safetensors.open(reference.resolve(PeftFiles.WEIGHTS))) {
            assertThat(ours.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(theirs.tensors().keySet());
            for (Safetensors.Tensor tensor : theirs.tensors().values()) {
                Safetensors.Tensor our = ours.tensors().get(tensor.name());
                assertThat(our.shape()).isEqualTo(tensor.shape());
                assertThat(our.floats()).isEqualTo(tensor.floats());
            }
            assertThat(ours.metadata())
                    .containsAllEntriesOf(theirs.metadata())
                    .containsEntry("veilora_model_digest", TINY.digest());
        }
        JsonNode config = config(folder);
        JsonNode expected = config(reference);
        Set<String> differing = new TreeSet<>();
        for (String field : (Iterable<String>) config::fieldNames) {
            if (!config.get(field).equals(expected.path(field))) {
                differing.add(field);
            }
        }
        // The name and the initial values it was not given, and a list that PEFT keeps as a set.
        assertThat(differing).isSubsetOf("base_model_name_or_path", "init_lora_weights", "target_modules");
        assertThat(config.path("base_model_name_or_path").asText()).isEqualTo("tiny");
    }

    private static JsonNode config(Path folder) throws IOException {
        return ProtocolJson.MAPPER.readTree(folder.resolve(PeftFiles.CONFIG).toFile());
    }

    @Test
    void anAdapterComesBackBitForBit() throws IOException {
        Adapter adapter = Adapter.initialize(LORA, MODEL);
        Random random = new Random(5);
        for (TrainedTensor tensor : adapter.parameters()) {
            for (int i = 0; i < tensor.value().length; i++) {
                tensor.value()[i] = (float) random.nextGaussian();
            }
        }
        PeftFiles.write(folder, LORA, adapter, TINY);
        assertThat(PeftFiles.readConfig(folder)).isEqualTo(new LoraConfig(3, 6, LORA.targets(), 0));
        Adapter back = PeftFiles.read(folder, MODEL);
        for (int i = 0; i < adapter.parameters().size(); i++) {
            TrainedTensor expected = adapter.parameters().get(i);
            assertThat(back.parameters().get(i).name()).isEqualTo(expected.name());
            assertThat(back.parameters().get(i).value()).isEqualTo(expected.value());
        }
    }

    @Test
    void saysWhatAnAdapterWasTrainedOnAsFarAsItsWriterSaidIt() throws IOException {
        assertThat(PeftFiles.readTrainedOn(reference).digest()).isNull();
        PeftFiles.write(folder, LORA, Adapter.initialize(LORA, MODEL), TINY);
        assertThat(PeftFiles.readTrainedOn(folder)).isEqualTo(TINY);
        TrainedOn nameOnly = new TrainedOn("elsewhere", null);
        PeftFiles.write(folder, LORA, Adapter.initialize(LORA, MODEL), nameOnly);
        assertThat(PeftFiles.readTrainedOn(folder)).isEqualTo(nameOnly);
    }

    @Test
    void anAlphaThatIsNoIntegerSurvives() throws IOException {
        LoraConfig lora = new LoraConfig(3, 4.5, LORA.targets(), 0);
        PeftFiles.write(folder, lora, Adapter.initialize(lora, MODEL), TINY);
        assertThat(PeftFiles.readConfig(folder)).isEqualTo(lora);
    }

    @Test
    void theRankStabilizedScalingIsReadAndWritten() throws IOException {
        LoraConfig lora = new LoraConfig(4, 6, LORA.targets(), 0, true);
        assertThat(lora.scaling()).isEqualTo(3);
        PeftFiles.write(folder, lora, Adapter.initialize(lora, MODEL), TINY);
        assertThat(config(folder).path("use_rslora").asBoolean()).isTrue();
        assertThat(PeftFiles.readConfig(folder)).isEqualTo(lora);
        assertThat(PeftFiles.read(folder, MODEL).at(0, Projection.Q).scaling()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "use_dora           | true",
                "rank_pattern       | {\"q_proj\": 4}",
                "alpha_pattern      | {\"q_proj\": 4}",
                "modules_to_save    | [\"lm_head\"]",
                "layers_to_transform| [0]",
                "layer_replication  | [[0, 1]]",
                "fan_in_fan_out     | true",
                "lora_bias          | true",
                "bias               | \"all\"",
                "peft_type          | \"IA3\"",
                "init_lora_weights  | \"pissa\"",
                "target_modules     | \"all-linear\"",
                "target_modules     | [\"q_proj\", \"lm_head\"]",
                "trainable_token_indices | [1]",
                "an_option_of_next_year  | 3",
                "r                  | 0",
                "lora_alpha         | -1",
            })
    void refusesByNameWhatItCannotHonour(String field, String value) throws IOException {
        ObjectNode config = (ObjectNode) config(reference);
        config.set(field, ProtocolJson.MAPPER.readTree(value));
        Files.writeString(folder.resolve(PeftFiles.CONFIG), config.toString());
        Files.copy(reference.resolve(PeftFiles.WEIGHTS), folder.resolve(PeftFiles.WEIGHTS));
        String named =
                switch (field) {
                    case "r" -> "rank: got 0";
                    case "lora_alpha" -> "alpha: got -1";
                    case "target_modules" -> value.startsWith("[") ? "lm_head" : field;
                    default -> field;
                };
        assertProblem(ProblemCode.INVALID_INPUT, () -> PeftFiles.read(folder, MODEL))
                .contains("adapter_config.json", named);
    }

    @Test
    void refusesMissingFilesTensorsAndShapesOfAnotherModel() throws IOException {
        assertProblem(ProblemCode.INVALID_INPUT, () -> PeftFiles.read(folder, MODEL))
                .contains("adapter_config.json is missing");
        LlamaConfig deeper = new LlamaConfig(32, 8, 12, 3, 2, 1, 4, 1e-6, 10000, 16, true);
        assertProblem(ProblemCode.INVALID_INPUT, () -> PeftFiles.read(reference, deeper))
                .contains("layers.2.self_attn.q_proj.lora_A.weight' is missing");
        LlamaConfig wider = new LlamaConfig(32, 16, 12, 2, 2, 1, 4, 1e-6, 10000, 16, true);
        assertProblem(ProblemCode.INVALID_INPUT, () -> PeftFiles.read(reference, wider))
                .contains("got shape [2, 8], expected [2, 16]");
        LlamaConfig shallower = new LlamaConfig(32, 8, 12, 1, 2, 1, 4, 1e-6, 10000, 16, true);
        assertProblem(ProblemCode.INVALID_INPUT, () -> PeftFiles.read(reference, shallower))
                .contains("layers.1.", "has no place in this model");
    }
}
