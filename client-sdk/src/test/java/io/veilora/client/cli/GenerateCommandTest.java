package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.client.BaseModel;
import io.veilora.client.ReferenceCase;
import io.veilora.client.text.ChatMessage;
import io.veilora.client.text.Conversation;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
    private static final GenerationSettings SETTINGS = GenerationSettings.greedy(5);

    @TempDir
    Path folder;

    private final ReferenceCase reference = open("llama_one_query_head_per_key_head_tied");
    private Path model = reference.model().folder();

    private static ReferenceCase open(String name) {
        try {
            return new ReferenceCase(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String[] arguments(String... more) {
        List<String> all = new ArrayList<>(
                List.of("generate", "--mode", "clear", "--model-folder", model.toString(), "--max-tokens", "5"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private CommandRun generate(String... more) {
        return CommandRun.of(arguments(more));
    }

    /** What the API says, with the reference's adapter. */
    private <T> T expected(Function<Generator, T> use) throws IOException {
        try (BaseModel base = BaseModel.clear(HuggingFaceFolder.open(model))) {
            return use.apply(Generator.of(base, reference.adapter()));
        }
    }

    private String adapter() {
        return reference.adapterFolder().toString();
    }

    /** The same model with a chat template. */
    private void makeChatModel() throws IOException {
        try (var files = Files.list(model)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path config = folder.resolve("tokenizer_config.json");
        ObjectNode settings = (ObjectNode) ProtocolJson.MAPPER.readTree(config.toFile());
        settings.put("chat_template", "{% for message in messages %}{{ message['content'] + '\\n' }}{% endfor %}");
        ProtocolJson.MAPPER.writeValue(config.toFile(), settings);
        model = folder;
    }

    @Test
    void aPromptIsContinuedWithTheAdapter() throws IOException {
        CommandRun run = generate("--adapter", adapter(), "--prompt", "the cat");
        assertThat(run.exit()).isZero();
        String text = expected(generator ->
                generator.generate("the cat", SETTINGS, piece -> {}).text());
        assertThat(run.out()).isEqualTo(text + System.lineSeparator());
        assertThat(run.err()).contains("5 new ones", "tokens/s");
        assertThat(generate("--prompt", "the cat").out()).isNotEqualTo(run.out());
    }

    @Test
    void anAdapterThatNamesAnotherBaseModelIsUsedWithAWarning() throws IOException {
        JsonNode config = ProtocolJson.MAPPER.readTree(
                reference.adapterFolder().resolve("adapter_config.json").toFile());
        String trainedOn = config.get("base_model_name_or_path").asText();
        assertThat(generate("--adapter", adapter(), "--prompt", "x").err())
                .contains("warning: ", "adapter_config.json was trained on '" + trainedOn + "'", model.toString());
        assertThat(generate("--prompt", "x").err()).doesNotContain("warning");
    }

    @Test
    void aPromptFileIsContinuedAsItStands() throws IOException {
        Path file = folder.resolve("note.txt");
        Files.writeString(file, "the cat\n");
        CommandRun run = generate("--adapter", adapter(), "--prompt-file", file.toString());
        assertThat(run.out())
                .isEqualTo(expected(generator -> generator
                                .generate("the cat\n", SETTINGS, piece -> {})
                                .text())
                        + System.lineSeparator());
        requireProblem(generate("--prompt-file", "nowhere.txt"), "nowhere.txt");
    }

    @Test
    void severalPromptsComeAsJsonLinesInTheirOrder() throws IOException {
        CommandRun run = generate("--adapter", adapter(), "--prompt", "the cat", "--prompt", "a note");
        assertThat(run.exit()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        for (int i = 0; i < 2; i++) {
            String prompt = List.of("the cat", "a note").get(i);
            JsonNode line = ProtocolJson.MAPPER.readTree(lines.get(i));
            assertThat(line.get("prompt").textValue()).isEqualTo(prompt);
            assertThat(line.get("completion").textValue())
                    .isEqualTo(expected(generator ->
                            generator.generate(prompt, SETTINGS, piece -> {}).text()));
        }
    }

    @Test
    void chatsWithTheLinesOfStandardInputUntilQuit() throws IOException {
        makeChatModel();
        String input = "the cat\n\nmore\n/new\nthe cat\n/quit\nnever";
        CommandRun run = CommandRun.withInput(input, arguments("--adapter", adapter(), "--chat", "--system", "a note"));
        assertThat(run.err()).doesNotContain("error");
        assertThat(run.exit()).isZero();
        String expected = expected(generator -> {
            try (Conversation chat = generator.converse(List.of(new ChatMessage("system", "a note")), SETTINGS)) {
                String first = chat.say("the cat", piece -> {}).text() + System.lineSeparator();
                return first + chat.say("more", piece -> {}).text() + System.lineSeparator() + first;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(run.out()).isEqualTo(expected);
    }

    @Test
    void answersAChatFromAFile() throws IOException {
        makeChatModel();
        Path file = folder.resolve("question.json");
        Files.writeString(file, "{\"messages\": [{\"role\": \"user\", \"content\": \"the cat\"}]}");
        CommandRun run = generate("--adapter", adapter(), "--messages", file.toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .isEqualTo(expected(generator -> generator
                                .generate("the cat\n", SETTINGS, piece -> {})
                                .text())
                        + System.lineSeparator());
    }

    @Test
    void aProblemNamesTheFileAndNeverWhatIsInIt() throws IOException {
        ReferenceCase other = open("qwen2_biases_tied");
        Path weights = other.adapterFolder().resolve("adapter_model.safetensors");
        requireProblem(
                generate("--prompt", "x", "--adapter", other.adapterFolder().toString()), weights.toString());
        requireProblem(generate("--prompt", "x", "--adapter", "nowhere"), "nowhere: adapter_config.json is missing");
        requireProblem(generate("--chat"), "not a chat model");
        requireProblem(generate("--messages", "nowhere.json"), "nowhere.json is not a file");
        Path file = folder.resolve("question.json");
        for (String content : List.of("{\"SECRET\"", "[]", "[{\"role\": \"user\", \"text\": \"SECRET\"}]")) {
            Files.writeString(file, content);
            CommandRun run = generate("--messages", file.toString());
            requireProblem(run, file.toString());
            assertThat(run.err()).doesNotContain("SECRET");
        }
        requireProblem(generate("--prompt", "SECRET ".repeat(200)), "model's context of");
        requireProblem(generate("--prompt", "x", "--top-p", "2"), "top-p: got 2.0");
    }

    private static void requireProblem(CommandRun run, String what) {
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("error:", what, "remedy:").doesNotContain("SECRET", "\tat ");
    }

    @Test
    void wrongUsageIsExitCode2() {
        for (String[] wrong : List.of(new String[] {}, new String[] {"--prompt", "x", "--chat"}, new String[] {
            "--prompt", "x", "--system", "y"
        })) {
            CommandRun run = generate(wrong);
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err()).contains("--prompt");
        }
    }

    @Test
    void helpShowsEveryWayAndExamples() {
        CommandRun run = CommandRun.of("generate", "--help");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("--prompt", "--messages", "--chat", "--hide-length", "Examples:");
    }
}
