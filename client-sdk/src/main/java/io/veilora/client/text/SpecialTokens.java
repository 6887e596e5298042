package io.veilora.client.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * The ids with a meaning of their own. {@code tokenizer_config.json} names the tokens; where it is absent or silent,
 * {@code config.json} gives the ids.
 *
 * @param bos begins every text, if the model has such a token
 * @param eos ends every completion in training
 * @param pad fills up, if the model has such a token; we never send it
 * @param ends every id that ends a generated text, {@code eos} among them: a chat model may have several
 */
public record SpecialTokens(OptionalInt bos, int eos, OptionalInt pad, Set<Integer> ends) {
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String CONFIG = "config.json";

    public SpecialTokens {
        ends = Set.copyOf(ends);
    }

    /**
     * @param folder with {@code tokenizer_config.json} or {@code config.json} or both
     * @param idOf the id of a token given as text
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} when no file names an end-of-text token
     */
    static SpecialTokens read(Path folder, Function<String, OptionalInt> idOf) throws IOException {
        JsonNode names = json(folder.resolve(TOKENIZER_CONFIG));
        JsonNode ids = json(folder.resolve(CONFIG));
        Set<Integer> ends = new LinkedHashSet<>();
        OptionalInt named = named(names.path("eos_token"), idOf);
        named.ifPresent(ends::add);
        for (JsonNode id : ids.path("eos_token_id").isArray()
                ? ids.path("eos_token_id")
                : ProtocolJson.MAPPER.createArrayNode().add(ids.path("eos_token_id"))) {
            if (id.canConvertToInt()) {
                ends.add(id.intValue());
            }
        }
        if (ends.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: neither eos_token in %s nor eos_token_id in %s", folder, TOKENIZER_CONFIG, CONFIG)
                    .remedy("add eos_token_id to %s", CONFIG));
        }
        return new SpecialTokens(
                or(named(names.path("bos_token"), idOf), ids.path("bos_token_id")),
                ends.iterator().next(),
                or(named(names.path("pad_token"), idOf), ids.path("pad_token_id")),
                ends);
    }

    private static OptionalInt or(OptionalInt named, JsonNode id) {
        return named.isPresent() || !id.canConvertToInt() ? named : OptionalInt.of(id.intValue());
    }

    private static OptionalInt named(JsonNode token, Function<String, OptionalInt> idOf) {
        String text = token.isObject() ? token.path("content").asText("") : token.asText("");
        return token.isNull() || text.isEmpty() ? OptionalInt.empty() : idOf.apply(text);
    }

    private static JsonNode json(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return ProtocolJson.MAPPER.createObjectNode();
        }
        try {
            return ProtocolJson.MAPPER.readTree(file.toFile());
        } catch (JsonProcessingException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not JSON", file)
                    .remedy("download the model again"));
        }
    }
}
