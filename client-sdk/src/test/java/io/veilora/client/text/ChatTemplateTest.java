package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.client.text.jinja.Rendered;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Transformers' {@code apply_chat_template} (make_chat_references.py). */
class ChatTemplateTest {
    private static final LocalDate TODAY = LocalDate.of(2024, 7, 26);

    @TempDir
    Path folder;

    private ChatTemplate template(String source) throws IOException {
        return template(source, null, "</s>");
    }

    private ChatTemplate template(String source, String bos, String eos) throws IOException {
        ObjectNode config = ProtocolJson.MAPPER.createObjectNode().put("chat_template", source);
        if (bos != null) {
            config.put("bos_token", bos);
        }
        config.putObject("eos_token").put("content", eos);
        ProtocolJson.MAPPER.writeValue(folder.resolve("tokenizer_config.json").toFile(), config);
        return ChatTemplate.open(folder, TODAY);
    }

    private static List<ChatMessage> chat(JsonNode messages) {
        List<ChatMessage> chat = new ArrayList<>();
        messages.forEach(message -> chat.add(new ChatMessage(
                message.get("role").textValue(), message.get("content").textValue())));
        return chat;
    }

    private static List<ChatMessage> hello() {
        return List.of(new ChatMessage("user", "SECRET"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-2-chat",
                "llama-3-instruct",
                "llama-3.2-instruct",
                "mistral-instruct",
                "qwen2.5-instruct",
                "qwen3",
                "smollm2-instruct",
                "tinyllama-chat",
                "chatml-with-generation"
            })
    void everyFamilyRendersAsInTransformers(String family) throws IOException {
        JsonNode reference;
        try (InputStream in = ChatTemplateTest.class.getResourceAsStream("/reference/chat/" + family + ".json")) {
            reference = ProtocolJson.MAPPER.readTree(in);
        }
        ChatTemplate template = template(
                reference.get("template").textValue(),
                reference.get("bos").textValue(),
                reference.get("eos").textValue());
        for (JsonNode expected : reference.get("cases")) {
            List<ChatMessage> chat = chat(expected.get("messages"));
            boolean prompt = expected.get("addGenerationPrompt").booleanValue();
            if (expected.has("error")) {
                assertProblem(ProblemCode.INVALID_INPUT, () -> template.render(chat, prompt))
                        .contains("tokenizer_config.json", expected.get("error").textValue());
            } else {
                Rendered rendered = template.render(chat, prompt);
                assertThat(rendered.text()).isEqualTo(expected.get("text").textValue());
                assertThat(rendered.generations()).isEqualTo(spans(expected));
            }
        }
    }

    /** Python counts code points, we count chars. */
    private static List<Rendered.Span> spans(JsonNode expected) {
        String text = expected.get("text").textValue();
        List<Rendered.Span> spans = new ArrayList<>();
        expected.get("generations")
                .forEach(span -> spans.add(new Rendered.Span(
                        text.offsetByCodePoints(0, span.get(0).intValue()),
                        text.offsetByCodePoints(0, span.get(1).intValue()))));
        return spans;
    }

    @Test
    void aFileOfItsOwnWinsOverTheConfiguration() throws IOException {
        template("from the configuration");
        Files.writeString(folder.resolve("chat_template.jinja"), "from the file\n");
        assertThat(ChatTemplate.open(folder, TODAY).render(hello(), false).text())
                .isEqualTo("from the file");
    }

    @Test
    void ofSeveralTemplatesTheDefaultIsTaken() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "chat"}]}
                """);
        assertThat(ChatTemplate.open(folder, TODAY).render(hello(), false).text())
                .isEqualTo("chat");
    }

    @Test
    void aModelWithoutATemplateIsAnErrorThatSaysWhatToDo() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        assertProblem(ProblemCode.INVALID_INPUT, () -> ChatTemplate.open(folder, TODAY))
                .contains("tokenizer_config.json", "this is not a chat model", "\"prompt\" and \"completion\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% include 'x' %}",
                "{% for m in messages %}{% break %}{% endfor %}",
                "{% if messages %}",
                "{{ messages[0].content | unknown }}",
                "{{ messages[0].content is unknown }}",
                "{{ messages[0].content.unknown() }}",
                "{{ unknown('x') }}",
                "{{ 'a' + unknown }}",
                "{{ messages[0].content + 1 }}",
                "{{ raise_exception('no ' + messages[0].content) }}",
                "{{ messages[0].content",
                "{{ messages }}"
            })
    void whatCannotBeRenderedIsAnErrorThatNamesTheFileAndQuotesNoMessage(String source) {
        assertProblem(ProblemCode.INVALID_INPUT, () -> template("\n" + source).render(hello(), false))
                .contains("tokenizer_config.json: the chat template fails")
                .doesNotContain("SECRET");
    }

    @Test
    void aMessageThatLooksLikeATemplateIsOnlyText() throws IOException {
        String content = "{{ messages }} {% for x in y %} {# not a comment #} {{ 'a' }}";
        assertThatCode(() -> assertThat(template("{{ messages[0].content }}")
                                .render(List.of(new ChatMessage("user", content)), false)
                                .text())
                        .isEqualTo(content))
                .doesNotThrowAnyException();
    }
}
