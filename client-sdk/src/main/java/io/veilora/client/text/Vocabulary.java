package io.veilora.client.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;

/** The ids that a {@code tokenizer.json} can produce: {@code model.vocab} and {@code added_tokens}, read as a stream. */
final class Vocabulary {
    private Vocabulary() {}

    /**
     * The highest id.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} when the file is not JSON or has no such ids
     */
    static int highestId(Path file) throws IOException {
        int highest = -1;
        try (JsonParser json = ProtocolJson.MAPPER.createParser(file.toFile())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.VALUE_NUMBER_INT && isTokenId(json.getParsingContext())) {
                    highest = Math.max(highest, json.getIntValue());
                }
            }
        } catch (JsonProcessingException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not JSON", file)
                    .remedy("download the tokenizer again"));
        }
        if (highest < 0) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s has no ids in model.vocab", file)
                    .remedy("use a byte-pair-encoding tokenizer of Hugging Face's tokenizers library"));
        }
        return highest;
    }

    private static boolean isTokenId(JsonStreamContext here) {
        JsonStreamContext parent = here.getParent();
        if (!here.inObject() || parent == null || parent.getParent() == null) {
            return false;
        }
        String grandparentName = parent.getParent().getCurrentName();
        boolean inVocabulary = "vocab".equals(parent.getCurrentName()) && "model".equals(grandparentName);
        boolean inAddedTokens = parent.inArray() && "added_tokens".equals(grandparentName);
        return inVocabulary || (inAddedTokens && "id".equals(here.getCurrentName()));
    }
}
