package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.ToyModel;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationTest {
    private static final int CONTEXT = 120;
    private static final ToyModel TOY = ToyModel.random(TinyTokenizer.VOCABULARY, CONTEXT);
    private static final ChatMessage SYSTEM = new ChatMessage("system", "the cat");
    private static final GenerationSettings SETTINGS = GenerationSettings.greedy(8);

    @TempDir
    Path folder;

    private final ScriptedModel scripted = new ScriptedModel(TOY);
    private final StringBuilder streamed = new StringBuilder();
    private Tokenizer tokenizer;
    private ChatTemplate template;

    @BeforeEach
    void open() throws IOException {
        tokenizer = TinyTokenizer.open();
        ProtocolJson.MAPPER.writeValue(
                folder.resolve("tokenizer_config.json").toFile(),
                ProtocolJson.MAPPER
                        .createObjectNode()
                        .put("bos_token", "<|bos|>")
                        .put(
                                "chat_template",
                                "{{ bos_token }}{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n"
                                        + "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"));
        template = ChatTemplate.open(folder, LocalDate.now());
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private Conversation scripted(List<ChatMessage> before) {
        return new Conversation(new Generator(scripted.model(), tokenizer), template, before, SETTINGS);
    }

    private void willSay(String text) {
        scripted.willSay(tokenizer.encode(text + "<|eos|>"));
    }

    @Test
    void aTurnSendsOnlyWhatIsNewThroughTheModel() {
        try (Conversation conversation = scripted(List.of(SYSTEM))) {
            willSay("sat");
            assertThat(conversation.say("q", streamed::append).text()).isEqualTo("sat");
            assertThat(streamed).hasToString("sat");
            int first = tokenizer.encode("<|bos|>system: the cat\nuser: q\nassistant: ").length;
            assertThat(scripted.passes.getFirst()).isEqualTo(first);

            scripted.passes.clear();
            willSay("a note");
            Generation second = conversation.say("a", piece -> {});
            int whole =
                    tokenizer.encode("<|bos|>system: the cat\nuser: q\nassistant: sat\nuser: a\nassistant: ").length;
            assertThat(second.promptTokens()).isEqualTo(whole);
            assertThat(scripted.passes.getFirst()).isEqualTo(whole - first - tokenizer.encode("sat").length);
            assertThat(conversation.messages())
                    .containsExactly(
                            SYSTEM,
                            new ChatMessage("user", "q"),
                            new ChatMessage("assistant", "sat"),
                            new ChatMessage("user", "a"),
                            new ChatMessage("assistant", "a note"));
        }
    }

    @Test
    void answersAreThoseOfTheWholeChatComputedAtOnce() {
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer);
        try (Conversation conversation = new Conversation(generator, template, List.of(SYSTEM), SETTINGS)) {
            for (String text : List.of("q", "the cat sat", "a")) {
                List<ChatMessage> asked = new java.util.ArrayList<>(conversation.messages());
                asked.add(new ChatMessage("user", text));
                int[] prompt = tokenizer.encode(template.render(asked, true).text());
                Generation fresh = generator
                        .continueAll(List.of(prompt), SETTINGS, count -> {})
                        .getFirst();
                assertThat(conversation.say(text, piece -> {})).isEqualTo(fresh);
            }
        }
    }

    @Test
    void answersTheLastOfGivenMessages() {
        willSay("sat");
        try (Conversation conversation = scripted(List.of(SYSTEM, new ChatMessage("user", "q")))) {
            assertThat(conversation.answer(piece -> {}).text()).isEqualTo("sat");
            assertThat(conversation.messages()).endsWith(new ChatMessage("assistant", "sat"));
        }
    }

    @Test
    void aRestartForgetsAllButTheFirstMessages() {
        willSay("sat");
        try (Conversation conversation = scripted(List.of(SYSTEM))) {
            Generation first = conversation.say("q", piece -> {});
            conversation.restart();
            assertThat(conversation.messages()).containsExactly(SYSTEM);
            willSay("sat");
            assertThat(conversation.say("q", piece -> {})).isEqualTo(first);
        }
    }

    @Test
    void aTurnThatOutgrowsTheContextIsRefusedWithoutShowingItAndTheConversationGoesOn() {
        willSay("sat");
        try (Conversation conversation = scripted(List.of(SYSTEM))) {
            conversation.say("q", piece -> {});
            assertProblem(ProblemCode.INVALID_INPUT, () -> conversation.say("secret ".repeat(60), piece -> {}))
                    .contains("conversation: got", "context of " + CONTEXT)
                    .doesNotContain("secret");
            assertThat(conversation.messages()).hasSize(3);
            willSay("a");
            assertThat(conversation.say("a", piece -> {}).text()).isEqualTo("a");
        }
    }

    @Test
    void afterAFailureInTheMiddleOfAnAnswerTheNextTurnIsComputedAfresh() {
        willSay("sat");
        try (Conversation conversation = scripted(List.of())) {
            assertThatThrownBy(() -> conversation.say("q", piece -> {
                        throw new IllegalStateException("the listener is gone");
                    }))
                    .hasMessage("the listener is gone");
            assertThat(conversation.messages()).isEmpty();
            scripted.passes.clear();
            willSay("sat");
            assertThat(conversation.say("q", piece -> {}).text()).isEqualTo("sat");
            assertThat(scripted.passes.getFirst()).isEqualTo(tokenizer.encode("<|bos|>user: q\nassistant: ").length);
        }
    }

    @Test
    void aClosedConversationRemembersNothing() {
        willSay("sat");
        Conversation conversation = scripted(List.of(SYSTEM));
        conversation.say("q", piece -> {});
        conversation.close();
        assertThat(conversation.messages()).isEmpty();
        assertThatThrownBy(() -> conversation.say("q", piece -> {})).hasMessageContaining("closed");
    }
}
