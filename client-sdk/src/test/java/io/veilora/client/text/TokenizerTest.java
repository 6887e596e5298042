package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.ReferenceCase;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerTest {
    @TempDir
    Path folder;

    @Test
    void givesTheIdsAndTextsOfHuggingFacesOwnPackageWithoutTruncatingOrPadding() throws IOException {
        JsonNode expected = ProtocolJson.MAPPER.readTree(
                TinyTokenizer.folder().resolve("expected.json").toFile());
        assertThat(expected.path("vocabularySize").asInt()).isEqualTo(TinyTokenizer.VOCABULARY);
        try (Tokenizer tokenizer = TinyTokenizer.open()) {
            requireSame(tokenizer, expected.path("cases"));
        }
    }

    @ParameterizedTest
    @MethodSource("io.veilora.client.ReferenceCase#names")
    void givesTheIdsAndTextsOfTransformersForTheTokenizerOfEveryFamily(String name) throws IOException {
        try (ReferenceCase reference = new ReferenceCase(name);
                Tokenizer tokenizer = Tokenizer.open(
                        reference.model().folder(), reference.model().config().vocabularySize())) {
            requireSame(tokenizer, reference.facts.path("texts"));
        }
    }

    private static void requireSame(Tokenizer tokenizer, JsonNode cases) {
        assertThat(cases).hasSizeGreaterThan(5);
        for (JsonNode one : cases) {
            String text = one.path("text").asText();
            int[] ids = ids(one.path("ids"));
            int[] withSpecialTokens = ids(one.path("withSpecialTokens"));
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
            assertThat(tokenizer.encodeWithSpecialTokens(text)).as(text).isEqualTo(withSpecialTokens);
            assertThat(tokenizer.decode(ids)).isEqualTo(one.path("decoded").asText());
            assertThat(tokenizer.decodeWithSpecialTokens(ids))
                    .isEqualTo(one.path("decodedWithSpecialTokens").asText());
        }
    }

    private static int[] ids(JsonNode array) {
        return ProtocolJson.MAPPER.convertValue(array, int[].class);
    }

    @Test
    void findsTheSpecialTokensByNameInTokenizerConfig() throws IOException {
        try (Tokenizer tokenizer = TinyTokenizer.open()) {
            assertThat(tokenizer.special())
                    .isEqualTo(new SpecialTokens(OptionalInt.of(0), 1, OptionalInt.of(2), Set.of(1)));
        }
    }

    @Test
    void findsTheSpecialTokensByIdInConfigWhenTokenizerConfigIsAbsent() throws IOException {
        copyTokenizer();
        Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\": 0, \"eos_token_id\": [2, 1]}");
        try (Tokenizer tokenizer = Tokenizer.open(folder, TinyTokenizer.VOCABULARY)) {
            assertThat(tokenizer.special().bos()).hasValue(0);
            assertThat(tokenizer.special().eos()).isEqualTo(2);
            assertThat(tokenizer.special().ends()).containsExactlyInAnyOrder(1, 2);
            assertThat(tokenizer.special().pad()).isEmpty();
        }
    }

    @Test
    void refusesAModelWithoutAnEndOfTextToken() throws IOException {
        copyTokenizer();
        Files.writeString(folder.resolve("config.json"), "{}");
        assertProblem(ProblemCode.INVALID_INPUT, () -> Tokenizer.open(folder, TinyTokenizer.VOCABULARY))
                .contains("eos_token", "eos_token_id");
    }

    @Test
    void refusesATokenizerThatDoesNotMatchTheEmbedding() {
        assertProblem(ProblemCode.INVALID_INPUT, () -> Tokenizer.open(TinyTokenizer.folder(), 289))
                .contains("tokenizer does not match the embedding: got id 289, expected below 289");
    }

    @Test
    void refusesASpecialTokenOutsideTheEmbedding() throws IOException {
        copyTokenizer();
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 290}");
        assertProblem(ProblemCode.INVALID_INPUT, () -> Tokenizer.open(folder, TinyTokenizer.VOCABULARY))
                .contains("got id 290, expected below 290");
    }

    @Test
    void refusesAFileThatIsMissingOrNoTokenizer() throws IOException {
        assertProblem(ProblemCode.INVALID_INPUT, () -> Tokenizer.open(folder, 290))
                .contains("tokenizer.json is missing");
        for (String content : List.of("", "{", "[]", "{\"model\": {\"vocab\": {\"a\": 1}}}")) {
            Files.writeString(folder.resolve("tokenizer.json"), content);
            assertProblem(ProblemCode.INVALID_INPUT, () -> Tokenizer.open(folder, 290))
                    .contains("tokenizer.json");
        }
    }

    @Test
    void loadsTheNativeLibraryOfflineWithoutTelemetryFromAPrivateFolder() throws IOException {
        TinyTokenizer.open().close();
        assertThat(System.getProperty("ai.djl.offline")).isEqualTo("true");
        assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
        Path cache = Path.of(System.getProperty("ENGINE_CACHE_DIR"));
        assertThat(cache.resolve("tokenizers")).isDirectory();
        if (Files.getFileStore(cache).supportsFileAttributeView("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                    .isEqualTo("rwx------");
        }
    }

    private void copyTokenizer() throws IOException {
        Files.copy(TinyTokenizer.folder().resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    }
}
