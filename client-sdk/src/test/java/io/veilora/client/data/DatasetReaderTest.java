package io.veilora.client.data;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.llama.PackedBatch;
import io.veilora.client.text.TinyTokenizer;
import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetReaderTest {
    private static final String CHAT = "{\"messages\": [{\"role\": \"user\", \"content\": \"naïve 🐈?\"},"
            + " {\"role\": \"assistant\", \"content\": \"the cat\"}, {\"role\": \"user\", \"content\": \"the dog\"},"
            + " {\"role\": \"assistant\", \"content\": \"a note 猫\"}]}\n";

    @TempDir
    Path folder;

    private Tokenizer tokenizer;

    @AfterEach
    void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }

    private DatasetReader reader(int maxTokens, TooLong tooLong) throws IOException {
        tokenizer = TinyTokenizer.open();
        return new DatasetReader(tokenizer, maxTokens, tooLong, DatasetReader.TRAINING_DATE);
    }

    /** A reader for a chat model: the tiny tokenizer with a template. */
    private DatasetReader chatReader(String template) throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(TinyTokenizer.folder().resolve(name), model.resolve(name));
        }
        Files.writeString(model.resolve("chat_template.jinja"), template);
        tokenizer = Tokenizer.open(model, TinyTokenizer.VOCABULARY);
        return new DatasetReader(tokenizer, 500, TooLong.FAIL, DatasetReader.TRAINING_DATE);
    }

    private DataSource file(String name, String content) throws IOException {
        return DataSource.of(Files.writeString(folder.resolve(name), content));
    }

    /** The text of the labels, one string for each run of them. */
    private List<String> learnt(TokenizedRecord record) {
        List<String> runs = new ArrayList<>();
        List<Integer> run = new ArrayList<>();
        for (int label : IntStream.concat(IntStream.of(record.labels()), IntStream.of(PackedBatch.IGNORE))
                .toArray()) {
            if (label != PackedBatch.IGNORE) {
                run.add(label);
            } else if (!run.isEmpty()) {
                runs.add(tokenizer.decodeWithSpecialTokens(
                        run.stream().mapToInt(Integer::intValue).toArray()));
                run.clear();
            }
        }
        return runs;
    }

    private static String template(String name) throws IOException {
        try (var in = DatasetReaderTest.class.getResourceAsStream("/reference/chat/" + name + ".json")) {
            return ProtocolJson.MAPPER
                    .readTree(in)
                    .get("template")
                    .textValue()
                    .replace("<|im_end|>", "<|eos|>")
                    .replace("'<|eot_id|>'", "eos_token");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-3-instruct",
                "mistral-instruct",
                "qwen2.5-instruct",
                "smollm2-instruct",
                "tinyllama-chat",
                "chatml-with-generation"
            })
    void ofAChatEveryAssistantTurnIsLearntWithItsEndAndNothingElse(String family) throws IOException {
        ReadData read = chatReader(template(family)).read(file("chat.jsonl", CHAT));
        List<String> learnt = learnt(read.dataset().records().getFirst());
        assertThat(learnt).map(String::strip).containsExactly("the cat<|eos|>", "a note 猫<|eos|>");
    }

    @Test
    void thoughtsThatATemplateAddsToTheLastTurnAreLearntWithIt() throws IOException {
        ReadData read = chatReader(template("qwen3")).read(file("chat.jsonl", CHAT));
        assertThat(learnt(read.dataset().records().getFirst()))
                .containsExactly("the cat<|eos|>", "<think>\n\n</think>\n\na note 猫<|eos|>");
    }

    private static final String GREETING = "{\"messages\": [{\"role\": \"assistant\", \"content\": \"the note\"},"
            + " {\"role\": \"user\", \"content\": \"a cat\"}]}\n";

    @Test
    void ofAChatThatTheAssistantBeginsWhatTheTemplatePutsBeforeItIsNotLearnt() throws IOException {
        String template = "{{ bos_token }}Be kind.{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}"
                + "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
        ReadData read = chatReader(template).read(file("chat.jsonl", GREETING));
        TokenizedRecord record = read.dataset().records().getFirst();
        assertThat(tokenizer.decodeWithSpecialTokens(record.tokens())).contains("Be kind.<assistant>the note");
        assertThat(learnt(record)).containsExactly("the note<|eos|>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-instruct", "llama-3-instruct", "tinyllama-chat", "qwen2.5-instruct"})
    void aFirstTurnOfTheAssistantThatTheTemplateDoesNotShowIsAnErrorWithTheLine(String family) throws IOException {
        DatasetReader reader = chatReader(template(family));
        DataSource source = file("chat.jsonl", CHAT + GREETING);
        assertProblem(ProblemCode.INVALID_INPUT, () -> reader.read(source))
                .contains(
                        "chat.jsonl, line 2: the chat template does not show where message 1 begins",
                        "begin the chat with a user message");
    }

    @Test
    void aTemplateThatRewritesEarlierMessagesIsAnErrorWithTheLine() throws IOException {
        DatasetReader reader = chatReader("{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}");
        DataSource source = file("chat.jsonl", CHAT);
        assertProblem(ProblemCode.INVALID_INPUT, () -> reader.read(source))
                .contains(
                        "chat.jsonl, line 1: the chat template does not show where message 2 begins",
                        "{% generation %}");
    }

    @Test
    void aTemplateThatRefusesTheMessagesIsAnErrorWithTheLineAndItsOwnReason() throws IOException {
        DatasetReader reader = chatReader("{{ raise_exception('Roles must alternate') }}");
        DataSource source = file("chat.jsonl", CHAT);
        assertProblem(ProblemCode.INVALID_INPUT, () -> reader.read(source))
                .contains("chat.jsonl, line 1:", "chat_template.jinja", "Roles must alternate");
    }

    @Test
    void aModelWithoutAChatTemplateIsAnErrorWithTheLine() throws IOException {
        DatasetReader reader = reader(100, TooLong.FAIL);
        DataSource source = file("chat.jsonl", CHAT);
        assertProblem(ProblemCode.INVALID_INPUT, () -> reader.read(source))
                .contains("chat.jsonl, line 1:", "not a chat model");
    }

    @Test
    void aTextIsCutIntoPiecesOfWhichEveryTokenIsLearntOnce() throws IOException {
        String text = "the cat sat on the mat\n".repeat(40);
        ReadData read = reader(64, TooLong.FAIL).read(file("a.txt", text));
        List<TokenizedRecord> pieces = read.dataset().records();
        int[] ids = tokenizer.encode(text);
        assertThat(read.examples()).isEqualTo(1);
        assertThat(pieces).hasSize(Math.ceilDiv(ids.length + 1, 64));
        assertThat(pieces).allSatisfy(piece -> assertThat(piece.labelCount()).isEqualTo(piece.tokenCount()));
        int[] labels = pieces.stream()
                .flatMapToInt(piece -> IntStream.of(piece.labels()))
                .toArray();
        assertThat(labels).startsWith(ids).hasSize(ids.length + 1).endsWith(1);
        assertThat(pieces.getFirst().tokens()).startsWith(0);
    }

    private DataSource threeRecords() throws IOException {
        String longPrompt = "the cat ".repeat(30);
        return file(
                "a.jsonl",
                "{\"prompt\": \"the\", \"completion\": \"cat\"}\n{\"prompt\": \"the\", \"completion\": \"" + longPrompt
                        + "\"}\n{\"prompt\": \"" + longPrompt + "\", \"completion\": \"cat\"}\n");
    }

    @Test
    void aRecordThatIsTooLongIsAnErrorOrSkippedOrCutAndCounted() throws IOException {
        DataSource source = threeRecords();
        DatasetReader failing = reader(20, TooLong.FAIL);
        assertProblem(ProblemCode.INVALID_INPUT, () -> failing.read(source))
                .contains("a.jsonl, line 2 is too long", "--tokens-per-batch", "--too-long");
        tokenizer.close();
        ReadData skipped = reader(20, TooLong.SKIP).read(source);
        assertThat(skipped.dataset().records()).hasSize(1);
        assertThat(skipped.examples()).isEqualTo(3);
        assertThat(skipped.skipped()).isEqualTo(2);
        tokenizer.close();
        ReadData cut = reader(20, TooLong.CUT).read(source);
        assertThat(cut.dataset().records()).hasSize(2).last().satisfies(record -> assertThat(record.tokenCount())
                .isEqualTo(20));
        assertThat(cut.cut()).isEqualTo(1);
        assertThat(cut.skipped()).as("nothing to learn in its beginning").isEqualTo(1);
    }

    @Test
    void aRecordStaysOnItsSideOfTheSplitWhenOthersComeAndTheOrderChanges() {
        List<TokenizedRecord> records = IntStream.range(0, 1000)
                .mapToObj(i -> new TokenizedRecord(i + 1, new int[] {i, 1}, new int[] {1, 2}))
                .toList();
        HeldOutSplit all = HeldOutSplit.of(new Dataset(records), 0.1);
        HeldOutSplit first = HeldOutSplit.of(new Dataset(records.subList(0, 500).reversed()), 0.1);
        assertThat(all.heldOut().records()).hasSizeBetween(70, 130);
        assertThat(all.training().records().size() + all.heldOut().records().size())
                .isEqualTo(1000);
        Set<TokenizedRecord> heldOut = new HashSet<>(all.heldOut().records());
        assertThat(first.heldOut().records()).allMatch(heldOut::contains);
        assertThat(first.training().records()).noneMatch(heldOut::contains);
    }

    @Test
    void aSplitWithAnEmptySideIsAnError() {
        Dataset one = new Dataset(List.of(new TokenizedRecord(1, new int[] {1}, new int[] {2})));
        assertProblem(ProblemCode.INVALID_INPUT, () -> HeldOutSplit.of(one, 0.5))
                .contains("of 1 records");
        assertProblem(ProblemCode.INVALID_INPUT, () -> HeldOutSplit.of(one, 1.5))
                .contains("got 1.5");
    }
}
