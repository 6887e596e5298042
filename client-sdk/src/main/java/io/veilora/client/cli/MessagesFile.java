package io.veilora.client.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.text.ChatMessage;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a chat from a JSON file: an array of {@code {"role": …, "content": …}}, or an object whose {@code messages} are
 * that. Errors name the file and never show what is in it.
 */
final class MessagesFile {
    private MessagesFile() {}

    /** @return at least one message */
    static List<ChatMessage> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw bad("%s is not a file", file);
        }
        JsonNode json;
        try {
            json = ProtocolJson.MAPPER.readTree(file.toFile());
        } catch (JsonProcessingException e) { // its message quotes the file: not a cause
            throw bad("%s is not JSON", file);
        }
        JsonNode array = json.isObject() ? json.path("messages") : json;
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : array) {
            if (!message.path("role").isTextual() || !message.path("content").isTextual()) {
                throw bad("%s: message %d has no \"role\" or no \"content\"", file, messages.size() + 1);
            }
            messages.add(new ChatMessage(
                    message.get("role").textValue(), message.get("content").textValue()));
        }
        if (!array.isArray() || messages.isEmpty()) {
            throw bad("%s: got no messages", file);
        }
        return messages;
    }

    private static PermanentException bad(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail(format, arguments)
                .remedy("give [{\"role\": \"user\", \"content\": \"...\"}], or {\"messages\": [...]}"));
    }
}
