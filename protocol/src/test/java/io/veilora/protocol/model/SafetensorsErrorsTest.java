package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsErrorsTest {
    private static final String GOOD = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[8,16]}}";

    @TempDir
    Path folder;

    private static byte[] bytes(long headerBytes, String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerBytes)
                .put(json)
                .array();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.safetensors"), bytes);
    }

    private void assertRefused(byte[] bytes, String words) throws IOException {
        Path file = file(bytes);
        assertProblem(ProblemCode.INVALID_INPUT, () -> Safetensors.open(file).close())
                .contains("x.safetensors", words);
    }

    private void assertHeaderRefused(String header, String words) throws IOException {
        assertRefused(bytes(header.length(), header, 16), words);
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        byte[] good = bytes(GOOD.length(), GOOD, 16);
        Safetensors.open(file(good)).close();
        for (int length = 0; length < good.length; length++) {
            assertRefused(Arrays.copyOf(good, length), "check that this is a complete safetensors file");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1_000_000, (100L << 20) + 1})
    void aHeaderLengthBeyondTheFileIsRefused(long headerBytes) throws IOException {
        assertRefused(bytes(headerBytes, GOOD, 16), "header length: got " + headerBytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "77", "null", "\"text\"", "  ", "{{", "{\"a\":", "\u0000\u0000"})
    void aHeaderThatIsNoJsonObjectIsRefused(String header) throws IOException {
        assertHeaderRefused(header, "the header is not");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7                                                         | shape or data_offsets is missing
            {"dtype":"F32","data_offsets":[0,8]}                      | shape or data_offsets is missing
            {"dtype":"F32","shape":2,"data_offsets":[0,8]}            | shape or data_offsets is missing
            {"dtype":"F32","shape":[2]}                               | shape or data_offsets is missing
            {"dtype":"F32","shape":[2],"data_offsets":[0]}            | shape or data_offsets is missing
            {"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}        | shape or data_offsets is missing
            {"dtype":"F32","shape":[2],"data_offsets":{"x":0,"y":8}}  | shape or data_offsets is missing
            {"dtype":"F32","shape":[-2],"data_offsets":[0,8]}         | dimension 0 is -2
            {"dtype":"F32","shape":[2,"x"],"data_offsets":[0,8]}      | dimension 1 is "x"
            {"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}        | dimension 0 is 2.5
            {"dtype":"F32","shape":[null],"data_offsets":[0,8]}       | dimension 0 is null
            {"dtype":"F32","shape":[18446744073709551618],"data_offsets":[0,8]} | dimension 0 is 18446744073709551618
            {"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}  | dimension 0 is 9223372036854775807
            {"dtype":"F32","shape":[16,16,16],"data_offsets":[0,8]}   | its shape is larger than the file
            {"dtype":"F32","shape":[3],"data_offsets":[0,8]}          | got 8 bytes, expected 12
            {"dtype":"F16","shape":[2],"data_offsets":[0,8]}          | got 8 bytes, expected 4
            {"dtype":"F32","shape":[2],"data_offsets":[-8,0]}         | bytes -8 to 0 of 16
            {"dtype":"F32","shape":[2],"data_offsets":[8,0]}          | bytes 8 to 0 of 16
            {"dtype":"F32","shape":[2],"data_offsets":[9,17]}         | bytes 9 to 17 of 16
            {"dtype":"F32","shape":[2],"data_offsets":["a",8]}        | bytes -1 to 8 of 16
            {"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551624]} | bytes 0 to -1 of 16
            """)
    void anEntryWhoseShapeOrBytesAreWrongIsRefusedByName(String entry, String words) throws IOException {
        assertHeaderRefused("{\"a\":" + entry + "}", "tensor 'a': " + words);
    }

    @ParameterizedTest
    @CsvSource({"0, 8, 0, 8", "0, 8, 4, 12", "4, 12, 0, 8", "0, 8, 7, 15"})
    void tensorsThatShareBytesAreRefused(int from, int to, int otherFrom, int otherTo) throws IOException {
        String entry = "\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}";
        assertHeaderRefused(
                "{" + entry.formatted("a", from, to) + "," + entry.formatted("b", otherFrom, otherTo) + "}",
                "share bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"F64", "I32", "I8", "F8_E4M3", "", "f32"})
    void aTypeThatIsNoFloatIsRefusedWhenItIsUsed(String type) throws IOException {
        int dimension = type.equals("I8") ? 8 : type.equals("F64") ? 1 : 2;
        String header = "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,8]}}".formatted(type, dimension);
        try (Safetensors tensors = Safetensors.open(file(bytes(header.length(), header, 16)))) {
            assertProblem(ProblemCode.UNSUPPORTED_MODEL, () -> tensors.require("a", dimension))
                    .contains(".safetensors: tensor 'a': got type " + type, "supported are F32, BF16 and F16");
            assertProblem(
                            ProblemCode.UNSUPPORTED_MODEL,
                            () -> tensors.tensors().get("a").floats(0, 1))
                    .contains("got type " + type);
        }
    }

    @Test
    void aMissingTensorOrAnotherShapeIsRefusedByName() throws IOException {
        try (Safetensors tensors = Safetensors.open(file(bytes(GOOD.length(), GOOD, 16)))) {
            assertProblem(ProblemCode.INVALID_INPUT, () -> tensors.require("c", 2))
                    .contains("x.safetensors", "tensor 'c' is missing");
            assertProblem(ProblemCode.INVALID_INPUT, () -> tensors.require("a", 1, 2))
                    .contains("got shape [2, 1], expected [1, 2]");
            assertProblem(ProblemCode.INVALID_INPUT, () -> tensors.require("a", 2))
                    .contains("got shape [2, 1], expected [2]");
        }
    }

    @Test
    void noChangedByteThrowsAnythingButAProblem() throws IOException {
        Random random = new Random(5);
        byte[] good = bytes(GOOD.length(), GOOD, 16);
        char[] symbols = "{}[]\",:0123456789-eFnull. ".toCharArray();
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = good.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                bytes[random.nextInt(bytes.length)] = (byte) symbols[random.nextInt(symbols.length)];
            }
            Path file = file(bytes);
            try (Safetensors tensors = Safetensors.open(file)) {
                tensors.tensors().values().forEach(t -> assertThat(t.size()).isNotNegative());
            } catch (VeiloraException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(300);
    }
}
