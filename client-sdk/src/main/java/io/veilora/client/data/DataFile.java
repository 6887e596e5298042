package io.veilora.client.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.veilora.client.text.ChatMessage;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads JSON lines {@code {"prompt": …, "completion": …}} or {@code {"messages": [{"role": …, "content": …}, …]}}: UTF-8,
 * one record a line, other fields ignored. Every bad line is an error that names the file and the line, and never shows
 * what is in it.
 */
public final class DataFile {
    private static final int MAX_LINE_BYTES = 16 << 20;
    private static final ObjectReader JSON =
            ProtocolJson.MAPPER.readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private DataFile() {}

    /**
     * A file of prompts and completions only.
     *
     * @throws PermanentException as {@link #examples}, and for a line with {@code messages}
     */
    public static List<DataRecord> read(Path file) throws IOException {
        List<DataRecord> records = new ArrayList<>();
        for (Example example : examples(file)) {
            if (!(example instanceof DataRecord record)) {
                throw bad(file, example.line(), "has \"messages\", expected \"prompt\" and \"completion\"");
            }
            records.add(record);
        }
        return records;
    }

    /**
     * @return the records in the order of the file, at least one
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a file that is missing or empty, or the first bad
     *     line
     */
    static List<Example> examples(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not a file", file)
                    .remedy("give a file of JSON lines with \"prompt\" and \"completion\""));
        }
        List<Example> records = new ArrayList<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            boolean ended = false;
            while (!ended) {
                int next = in.read();
                ended = next < 0;
                if (next >= 0 && next != '\n') {
                    line.write(next);
                    if (line.size() > MAX_LINE_BYTES) {
                        throw bad(file, records.size() + 1, "is longer than " + MAX_LINE_BYTES + " bytes");
                    }
                } else if (!ended || line.size() > 0) {
                    records.add(parse(file, records.size() + 1, line.toByteArray()));
                    line.reset();
                }
            }
        }
        if (records.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is empty", file)
                    .remedy("give at least one line"));
        }
        return records;
    }

    private static Example parse(Path file, int line, byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad(file, line, "is not UTF-8");
        }
        if (line == 1 && text.startsWith("\uFEFF")) { // a byte order mark, as some editors leave
            text = text.substring(1);
        }
        if (text.isBlank()) {
            throw bad(file, line, "is empty");
        }
        JsonNode node;
        try {
            node = JSON.readValue(text);
        } catch (JsonProcessingException e) { // its message quotes the line: not a cause
            throw bad(file, line, "is not valid JSON");
        }
        if (!node.isObject()) {
            throw bad(file, line, "is not a JSON object");
        }
        if (node.has("messages")) {
            return new ChatRecord(line, messages(file, line, node.get("messages")));
        }
        return new DataRecord(line, string(file, line, node, "prompt"), string(file, line, node, "completion"));
    }

    private static List<ChatMessage> messages(Path file, int line, JsonNode node) {
        if (!node.isArray() || node.isEmpty()) {
            throw bad(file, line, "field \"messages\" is not a list of messages, or an empty one");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : node) {
            if (!message.isObject()) {
                throw bad(file, line, "message " + (messages.size() + 1) + " is not a JSON object");
            }
            if (message.path("tool_calls").size() > 0) {
                throw bad(file, line, "message " + (messages.size() + 1) + " has tool calls, which are not supported");
            }
            messages.add(new ChatMessage(string(file, line, message, "role"), string(file, line, message, "content")));
        }
        return messages;
    }

    private static String string(Path file, int line, JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            throw bad(file, line, "has no field \"" + field + "\"");
        }
        if (!value.isTextual()) {
            throw bad(
                    file,
                    line,
                    "field \"" + field + "\": got " + value.getNodeType().name().toLowerCase(Locale.ROOT)
                            + ", expected a string");
        }
        return value.textValue();
    }

    /** The error about one line of a data file. */
    static PermanentException bad(Path file, int line, String what) {
        return bad(file, line, what, "correct or remove this line");
    }

    static PermanentException bad(Path file, int line, String what, String remedy) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s, line %d %s", file, line, what)
                .remedy(remedy));
    }
}
