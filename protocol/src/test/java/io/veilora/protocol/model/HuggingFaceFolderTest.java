package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceFolderTest {
    private static final String ATTENTION = "model.layers.1.self_attn.";

    @TempDir
    Path folder;

    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    /** The tensors of {@link LlamaConfigTest#GOOD}: two blocks, embeddings tied. */
    @BeforeEach
    void writeAModel() throws IOException {
        shapes.put("model.embed_tokens.weight", new long[] {53, 16});
        shapes.put("model.norm.weight", new long[] {16});
        for (int block = 0; block < 2; block++) {
            String layer = "model.layers." + block + ".";
            shapes.put(layer + "input_layernorm.weight", new long[] {16});
            shapes.put(layer + "post_attention_layernorm.weight", new long[] {16});
            shapes.put(layer + "self_attn.q_proj.weight", new long[] {24, 16});
            shapes.put(layer + "self_attn.k_proj.weight", new long[] {12, 16});
            shapes.put(layer + "self_attn.v_proj.weight", new long[] {12, 16});
            shapes.put(layer + "self_attn.o_proj.weight", new long[] {16, 24});
            shapes.put(layer + "mlp.gate_proj.weight", new long[] {23, 16});
            shapes.put(layer + "mlp.up_proj.weight", new long[] {23, 16});
            shapes.put(layer + "mlp.down_proj.weight", new long[] {16, 23});
        }
        Files.writeString(folder.resolve("config.json"), LlamaConfigTest.GOOD);
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        writeTensors("", 0);
    }

    /** Tensor {@code i} of the file is filled with {@code i}, but for one value of {@code broken}. */
    private void writeTensors(String broken, float value) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        int number = 0;
        for (var entry : shapes.entrySet()) {
            float[] values = new float[(int) Arrays.stream(entry.getValue()).reduce(1, (a, b) -> a * b)];
            Arrays.fill(values, number++);
            if (entry.getKey().equals(broken)) {
                values[5] = value;
            }
            writer.add(entry.getKey(), values, entry.getValue());
        }
        writer.write(folder.resolve("model.safetensors"));
    }

    private HuggingFaceFolder open() throws IOException {
        return HuggingFaceFolder.open(folder);
    }

    @Test
    void projectionsThatShareAnInputAreStackedInOrder() throws IOException {
        try (HuggingFaceFolder model = open()) {
            float[] qkv = model.linear(LayerId.parse("blocks.0.qkv"));
            assertThat(qkv).hasSize((24 + 12 + 12) * 16);
            assertThat(new float[] {qkv[0], qkv[24 * 16 - 1], qkv[24 * 16], qkv[36 * 16], qkv[48 * 16 - 1]})
                    .containsExactly(4, 4, 5, 6, 6);
            assertThat(model.linear(LayerId.LM_HEAD)).hasSize(53 * 16).containsOnly(0f);
            assertThat(model.finalNorm().floats()).containsOnly(1f);
        }
    }

    @Test
    void untiedEmbeddingsNeedTheirOwnHead() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                LlamaConfigTest.GOOD.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains("'lm_head.weight' is missing");
        shapes.put("lm_head.weight", new long[] {53, 16});
        writeTensors("", 0);
        try (HuggingFaceFolder model = open()) {
            assertThat(model.linear(LayerId.LM_HEAD)).containsOnly(shapes.size() - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.json"})
    void aMissingFileIsNamed(String name) throws IOException {
        Files.delete(folder.resolve(name));
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains(name + " is missing", folder.toString());
    }

    @Test
    void everyMissingTensorIsNamed() throws IOException {
        for (String name : shapes.keySet().toArray(String[]::new)) {
            long[] shape = shapes.remove(name);
            writeTensors("", 0);
            assertProblem(ProblemCode.INVALID_INPUT, this::open).contains("tensor '" + name + "' is missing");
            shapes.put(name, shape);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.embed_tokens.weight", "model.norm.weight", ATTENTION + "k_proj.weight"})
    void aTensorOfAnotherShapeIsNamedWithBothShapes(String name) throws IOException {
        long[] expected = shapes.get(name);
        shapes.put(name, new long[] {3, 5});
        writeTensors("", 0);
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains("tensor '" + name + "': got shape [3, 5], expected " + Arrays.toString(expected));
    }

    @Test
    void biasesAndHeadNormsAreTheClientsAndStayOutOfTheRemoteLayers() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                LlamaConfigTest.GOOD
                        .replace("LlamaForCausalLM", "Qwen3ForCausalLM")
                        .replace("\"attention_bias\": false", "\"attention_bias\": true"));
        for (int block = 0; block < 2; block++) {
            String attention = "model.layers." + block + ".self_attn.";
            shapes.put(attention + "q_norm.weight", new long[] {6});
            shapes.put(attention + "k_norm.weight", new long[] {6});
            shapes.put(attention + "q_proj.bias", new long[] {24});
            shapes.put(attention + "k_proj.bias", new long[] {12});
            shapes.put(attention + "v_proj.bias", new long[] {12});
            shapes.put(attention + "o_proj.bias", new long[] {16});
        }
        writeTensors("", 0);
        try (HuggingFaceFolder model = open()) {
            assertThat(model.linear(LayerId.parse("blocks.0.qkv"))).hasSize((24 + 12 + 12) * 16);
            Map<String, long[]> client = HuggingFaceFolder.clientTensors(model.config());
            assertThat(client.keySet())
                    .containsExactlyInAnyOrderElementsOf(shapes.keySet().stream()
                            .filter(name -> !name.contains("_proj.weight"))
                            .toList());
            client.forEach((name, shape) -> assertThat(shape).isEqualTo(shapes.get(name)));
        }
        shapes.remove("model.layers.1.self_attn.k_proj.bias");
        writeTensors("", 0);
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains("tensor 'model.layers.1.self_attn.k_proj.bias' is missing", "model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {ATTENTION + "q_proj.bias", "model.layers.2.mlp.up_proj.weight", "lm_head.weight"})
    void aTensorThatTheConfigurationDoesNotAskForIsRefusedByName(String name) throws IOException {
        shapes.put(name, new long[] {53, 16});
        writeTensors("", 0);
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, this::open)
                .contains(folder.toString(), "tensor '" + name + "' has no place", "config.json and the weights");
    }

    @Test
    void aSecondCopyOfTiedEmbeddingsAndTablesOfAnglesAreLeftAlone() throws IOException {
        shapes.put(ATTENTION + "rotary_emb.inv_freq", new long[] {3});
        SafetensorsWriter writer = new SafetensorsWriter();
        shapes.forEach((name, shape) ->
                writer.add(name, new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)], shape));
        writer.add("lm_head.weight", new float[53 * 16], 53, 16);
        writer.write(folder.resolve("model.safetensors"));
        try (HuggingFaceFolder model = open()) {
            assertThat(model.linear(LayerId.LM_HEAD)).hasSize(53 * 16);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aWeightThatIsNotFiniteIsNamedByItsLayer(float value) throws IOException {
        writeTensors(ATTENTION + "k_proj.weight", value);
        try (HuggingFaceFolder model = open()) {
            assertProblem(ProblemCode.NOT_FINITE, () -> model.linear(LayerId.parse("blocks.1.qkv")))
                    .contains("blocks.1.qkv", "weight " + (24 * 16 + 5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[1, 2", "not json"})
    void aConfigurationThatIsNotJsonIsNamed(String text) throws IOException {
        Files.writeString(folder.resolve("config.json"), text);
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains("config.json is not JSON");
    }

    @Test
    void anEmptyConfigurationIsRefused() throws IOException {
        Files.writeString(folder.resolve("config.json"), "");
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, this::open).contains("LlamaForCausalLM");
    }
}
