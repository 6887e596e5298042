package io.veilora.client.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.text.jinja.JinjaTemplate;
import io.veilora.client.text.jinja.Rendered;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The prompt format of a chat model: {@code chat_template.jinja} of its folder, else {@code chat_template} in
 * {@code tokenizer_config.json}, rendered as Transformers' {@code apply_chat_template} does with
 * {@code tokenize=False}. The text begins with the template's own special tokens: encode it with
 * {@link Tokenizer#encode}, which adds none. Not safe for use by several threads.
 */
public final class ChatTemplate {
    private static final String FILE = "chat_template.jinja";
    /** The special tokens that a template may name. */
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final JinjaTemplate template;
    private final Map<String, Object> specialTokens;
    private final LocalDate today;

    private ChatTemplate(JinjaTemplate template, Map<String, Object> specialTokens, LocalDate today) {
        this.template = template;
        this.specialTokens = specialTokens;
        this.today = today;
    }

    /**
     * @param folder of the model: with {@code tokenizer_config.json}
     * @param today what a template that asks for the date is told
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a model without a chat template, or a template with
     *     a block that is not supported
     */
    public static ChatTemplate open(Path folder, LocalDate today) throws IOException {
        Path config = folder.resolve(SpecialTokens.TOKENIZER_CONFIG);
        Path file = folder.resolve(FILE);
        JsonNode settings = json(config);
        String source = Files.isRegularFile(file) ? Files.readString(file) : inConfig(settings.path("chat_template"));
        if (source == null) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: got no chat_template, and no %s beside it: this is not a chat model", config, FILE)
                    .remedy("use an Instruct or Chat model, or records with \"prompt\" and \"completion\" instead of"
                            + " \"messages\""));
        }
        Map<String, Object> specialTokens = new HashMap<>();
        for (String name : TOKENS) {
            JsonNode token = settings.path(name);
            String text = token.isObject() ? token.path("content").textValue() : token.textValue();
            if (text != null) {
                specialTokens.put(name, text);
            }
        }
        String origin = Files.isRegularFile(file) ? file.toString() : config.toString();
        return new ChatTemplate(new JinjaTemplate(source, origin), specialTokens, today);
    }

    /** A string, or a list of named templates of which {@code default} is for chats. */
    private static String inConfig(JsonNode template) {
        for (JsonNode named : template.isArray() ? template : ProtocolJson.MAPPER.createArrayNode()) {
            if (named.path("name").asText().equals("default")) {
                return named.path("template").textValue();
            }
        }
        return template.textValue();
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

    /**
     * The chat as the model reads it.
     *
     * @param addGenerationPrompt whether the text ends where the assistant's next message begins
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for messages that the template refuses, and for a
     *     construct that would come out differently here than in Transformers
     */
    public Rendered render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        Map<String, Object> values = new HashMap<>(specialTokens);
        messages.forEach(message -> JinjaTemplate.requireNoMark(message.content()));
        values.put(
                "messages",
                messages.stream()
                        .map(message -> Map.of("role", message.role(), "content", message.content()))
                        .toList());
        values.put("add_generation_prompt", addGenerationPrompt);
        values.put("tools", JinjaTemplate.NONE);
        values.put("documents", JinjaTemplate.NONE);
        values.put("strftime_now", today.atStartOfDay());
        return template.render(values);
    }
}
