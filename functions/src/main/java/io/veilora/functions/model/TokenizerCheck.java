package io.veilora.functions.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Whether every token that a tokenizer can make has a row in the embedding. */
final class TokenizerCheck {
    private TokenizerCheck() {}

    /**
     * Reads {@code model.vocab} and {@code added_tokens} of a {@code tokenizer.json}.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} if it is not a tokenizer or its ids do not fit
     */
    static void requireFits(Path tokenizer, int vocabularySize) throws IOException {
        JsonNode root;
        try {
            root = ProtocolJson.MAPPER.readTree(tokenizer.toFile());
        } catch (JsonProcessingException e) {
            throw invalid("%s is not JSON", tokenizer);
        }
        long highest = -1;
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isArray()) {
            highest = vocabulary.size() - 1; // Unigram: a list of pieces, the id is the position
        } else {
            for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
                highest = Math.max(highest, entry.getValue().asLong());
            }
        }
        if (highest < 0) {
            throw invalid("%s: model.vocab is missing or empty", tokenizer);
        }
        for (JsonNode added : root.path("added_tokens")) {
            highest = Math.max(highest, added.path("id").asLong());
        }
        if (highest >= vocabularySize) {
            throw invalid(
                    "%s: highest token id is %d, but the embedding has %d rows (ids 0 to %d)",
                    tokenizer, highest, vocabularySize, vocabularySize - 1);
        }
    }

    private static PermanentException invalid(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail(format, arguments)
                .remedy("use the tokenizer.json that belongs to this model"));
    }
}
