package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsShardsTest {
    private static final String FIRST = "model-00001-of-00002.safetensors";
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    private final Map<String, String> weightMap = new TreeMap<>(Map.of("a", FIRST, "b", FIRST, "c", SECOND));

    @BeforeEach
    void writeTwoShards() throws IOException {
        shard(FIRST, "a", "b");
        shard(SECOND, "c");
        writeIndex();
    }

    /** Every tensor holds its own letter twice. */
    private void shard(String file, String... tensors) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String tensor : tensors) {
            writer.add(tensor, new float[] {tensor.charAt(0), tensor.charAt(0)}, 2);
        }
        writer.write(folder.resolve(file));
    }

    private void writeIndex() throws IOException {
        ProtocolJson.MAPPER.writeValue(
                folder.resolve(SafetensorsShards.INDEX).toFile(),
                Map.of("metadata", Map.of("total_size", 24), "weight_map", weightMap));
    }

    private TensorSource open() throws IOException {
        return SafetensorsShards.open(folder);
    }

    @Test
    void everyTensorIsReadFromItsShard() throws IOException {
        try (TensorSource tensors = open()) {
            assertThat(tensors.names()).containsExactlyInAnyOrder("a", "b", "c");
            for (String name : tensors.names()) {
                assertThat(tensors.require(name, 2).floats()).containsOnly(name.charAt(0));
            }
            assertProblem(ProblemCode.INVALID_INPUT, () -> tensors.require("d", 2))
                    .contains(SafetensorsShards.INDEX, "tensor 'd' is missing");
            assertProblem(ProblemCode.INVALID_INPUT, () -> tensors.require("c", 3))
                    .contains(SECOND, "tensor 'c'", "expected [3]");
        }
    }

    @Test
    void theFingerprintIsThatOfAllShards() throws IOException {
        String before;
        try (TensorSource tensors = open()) {
            before = tensors.fingerprint();
            assertThat(tensors.fingerprint()).isEqualTo(before);
        }
        new SafetensorsWriter().add("c", new float[] {1, 2}, 2).write(folder.resolve(SECOND));
        try (TensorSource tensors = open()) {
            assertThat(tensors.fingerprint()).hasSize(64).isNotEqualTo(before);
        }
    }

    @Test
    void oneFileIsReadWithoutAnIndex() throws IOException {
        shard(SafetensorsShards.SINGLE, "z");
        try (TensorSource tensors = open()) {
            assertThat(tensors.names()).containsExactly("z");
        }
    }

    @Test
    void aMissingShardIsNamedWithWhatToDo() throws IOException {
        Files.delete(folder.resolve(SECOND));
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains(folder.resolve(SECOND) + " is missing", "download " + SECOND + " into this folder");
    }

    @Test
    void aShardThatLacksATensorOfTheIndexIsNamed() throws IOException {
        shard(FIRST, "a");
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains(FIRST + ": tensor 'b' is not there", SafetensorsShards.INDEX, "download");
    }

    @Test
    void anIndexThatNamesTheWrongShardIsRefused() throws IOException {
        weightMap.put("b", SECOND);
        writeIndex();
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains(SECOND + ": tensor 'b' is not there");
    }

    @Test
    void aTensorInTwoShardsIsNamedWithBoth() throws IOException {
        shard(SECOND, "b", "c");
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains("tensor 'b' is in two shards, " + FIRST + " and " + SECOND, "download both files again");
    }

    @Test
    void aShardThatIsCutOffIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve(FIRST));
        Files.write(folder.resolve(FIRST), java.util.Arrays.copyOf(whole, whole.length - 1));
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains(FIRST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../model-00001-of-00002.safetensors", "/etc/passwd", "x/../" + FIRST, ""})
    void aShardOutsideTheFolderIsRefused(String file) throws IOException {
        weightMap.put("a", file);
        writeIndex();
        assertProblem(ProblemCode.INVALID_INPUT, this::open)
                .contains("names '" + file + "'", "expected a file in the same folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"weight_map\": {}}", "{\"weight_map\": 1}", "{"})
    void anIndexThatIsNoneIsNamed(String text) throws IOException {
        Files.writeString(folder.resolve(SafetensorsShards.INDEX), text);
        assertProblem(ProblemCode.INVALID_INPUT, this::open).contains(SafetensorsShards.INDEX, "download this file");
    }
}
