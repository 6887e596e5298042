package io.veilora.client.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Against what Jinja2, set up as Transformers sets it up, made of the same templates (make_chat_references.py). */
class JinjaTemplateTest {
    private static JsonNode reference() throws IOException {
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("/reference/chat/constructs.json")) {
            return ProtocolJson.MAPPER.readTree(in);
        }
    }

    private static Map<String, Object> values(JsonNode reference) {
        List<Object> messages = new ArrayList<>();
        reference
                .get("messages")
                .forEach(message -> messages.add(ProtocolJson.MAPPER.convertValue(message, Map.class)));
        Map<String, Object> values = new HashMap<>();
        values.put("messages", messages);
        values.put("tools", JinjaTemplate.NONE);
        values.put("documents", JinjaTemplate.NONE);
        values.put("add_generation_prompt", true);
        values.put("bos_token", "<s>");
        values.put("eos_token", "</s>");
        values.put("strftime_now", LocalDate.of(2024, 7, 26).atStartOfDay());
        return values;
    }

    @TestFactory
    Stream<DynamicTest> everyConstructRendersAsInJinja2OrIsRefused() throws IOException {
        JsonNode reference = reference();
        return StreamSupport.stream(reference.get("constructs").spliterator(), false)
                .map(construct ->
                        dynamicTest(construct.get("template").textValue(), () -> check(reference, construct)));
    }

    private static void check(JsonNode reference, JsonNode construct) {
        String got;
        try {
            got = new JinjaTemplate(construct.get("template").textValue(), "tokenizer_config.json")
                    .render(values(reference))
                    .text();
        } catch (PermanentException e) {
            assertThat(e.problem().message()).contains("tokenizer_config.json: the chat template fails");
            assertThat(construct.path("refused").asBoolean() || !construct.has("text"))
                    .as("refused: %s", e.problem().message())
                    .isTrue();
            return;
        }
        assertThat(construct.has("text")).as("Jinja2 fails, got %s", got).isTrue();
        assertThat(got).isEqualTo(construct.get("text").textValue());
        assertThat(construct.path("refused").asBoolean())
                .as("not refused any more: take it off the list")
                .isFalse();
    }
}
