package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.BaseModel;
import io.veilora.client.ReferenceCase;
import io.veilora.client.data.Dataset;
import io.veilora.client.eval.Evaluation;
import io.veilora.client.lora.Adapter;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {
    private static final List<String> PROMPTS = List.of("the cat", "a note about", "more");
    private static final int TOKENS = 4;

    @TempDir
    Path folder;

    private ReferenceCase reference;
    private Path data;

    /** Three records; the adapter answers the first and the last as they say. */
    @BeforeEach
    void write() throws IOException {
        reference = new ReferenceCase("llama_one_query_head_per_key_head_tied");
        data = folder.resolve("data.jsonl");
        List<String> lines = new ArrayList<>();
        try (BaseModel base = BaseModel.clear(reference.model())) {
            Generator generator = Generator.of(base, reference.adapter());
            for (String prompt : PROMPTS) {
                String answer = generator
                        .generate(prompt, GenerationSettings.greedy(TOKENS), piece -> {})
                        .text();
                String completion = prompt.equals("a note about") ? "something else" : " " + answer + "\n";
                lines.add(ProtocolJson.MAPPER.writeValueAsString(Map.of("prompt", prompt, "completion", completion)));
            }
        }
        Files.write(data, lines);
    }

    private CommandRun eval(String... more) {
        List<String> all = new ArrayList<>(List.of(
                "eval",
                "--mode",
                "clear",
                "--model-folder",
                reference.model().folder().toString(),
                "--data",
                data.toString(),
                "--tokens-per-batch",
                "128"));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private String adapter() {
        return reference.adapterFolder().toString();
    }

    private Evaluation.Loss loss(Adapter adapter) throws IOException {
        try (BaseModel base = BaseModel.clear(reference.model())) {
            return Evaluation.of(base, adapter, Dataset.read(data, base.tokenizer(), 128))
                    .loss(128);
        }
    }

    @Test
    void measuresLossAndPerplexityOfTheBaseModel() throws IOException {
        CommandRun run = eval();
        assertThat(run.exit()).isZero();
        Evaluation.Loss loss = loss(Adapter.none());
        assertThat(run.out())
                .isEqualTo(String.format(
                        "base model: records 3, labelled tokens %d, loss %.4f, perplexity %.3f%n",
                        loss.labelledTokens(), loss.loss(), loss.perplexity()));
        assertThat(loss.perplexity()).isCloseTo(Math.exp(loss.loss()), within(1e-9));
    }

    @Test
    void readsTheFormatsThatItsHelpNames() throws IOException {
        assertThat(CommandRun.of("eval", "--help").out().replaceAll("\\s+", " "))
                .contains("a .jsonl, .txt, .csv or .mbox file, a mail folder, or a folder of files");
        data = Files.writeString(folder.resolve("data.csv"), "prompt,completion\nthe cat,more\n");
        assertThat(eval().out()).startsWith("base model: records 1,");
        data = Files.writeString(folder.resolve("data.txt"), "the cat");
        assertThat(eval().out()).startsWith("base model: records 1,");
        data = Files.writeString(
                folder.resolve("data.mbox"),
                "From - Mon Mar  4 09:00:00 2024\nSubject: a\nIn-Reply-To: <q@x>\n\nthe cat\n\n> more\n");
        assertThat(eval().out()).startsWith("base model: records 1,");
    }

    @Test
    void formatColumnGlobAndWritersSelectRecordsAsInTraining() throws IOException {
        data = Files.writeString(folder.resolve("notes"), "name,text\na,the cat\nb,more of the cat\n");
        assertThat(eval("--format", "csv", "--column", "text").out()).startsWith("base model: records 2,");

        data = Files.createDirectories(folder.resolve("code/deep"));
        Files.writeString(data.resolve("One.java"), "the cat");
        Files.writeString(data.resolve("two.txt"), "more");
        data = folder.resolve("code");
        assertThat(eval().out()).startsWith("base model: records 2,");
        assertThat(eval("--glob", "**/*.java").out()).startsWith("base model: records 1,");

        data = Files.writeString(
                folder.resolve("data.mbox"),
                "From - Mon Mar  4 09:00:00 2024\nFrom: me@example.org\nIn-Reply-To: <q@x>\n\nthe cat\n\n> more\n\n"
                        + "From - Mon Mar  4 09:00:00 2024\nFrom: you@example.org\nIn-Reply-To: <q@x>\n\nmore\n\n> a\n");
        CommandRun mine = eval("--mail-from", "me@example.org");
        assertThat(mine.out()).startsWith("base model: records 1,");
        assertThat(mine.err()).contains("mail left out: 1");
    }

    @Test
    void aRecordThatIsTooLongIsAnErrorUnlessItIsCutOrSkipped() throws IOException {
        Files.writeString(
                data,
                "{\"prompt\": \"the cat\", \"completion\": \"%s\"}%n".formatted("more ".repeat(300)),
                StandardOpenOption.APPEND);
        CommandRun failed = eval();
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains(data.toString(), "line 4", "--too-long");
        CommandRun cut = eval("--too-long", "cut");
        assertThat(cut.out()).startsWith("base model: records 4,");
        assertThat(cut.err()).contains("records too long: 1 cut, 0 skipped");
        CommandRun skipped = eval("--too-long", "skip");
        assertThat(skipped.out()).startsWith("base model: records 3,");
        assertThat(skipped.err()).contains("records too long: 0 cut, 1 skipped");
    }

    @Test
    void countsExactMatchesComparesWithTheBaseModelAndWritesBoth() throws IOException {
        Path report = folder.resolve("out/eval.json");
        Path answers = folder.resolve("out/answers.jsonl");
        CommandRun run = eval(
                "--adapter",
                adapter(),
                "--exact-match",
                "--max-tokens",
                "" + TOKENS,
                "--compare-base",
                "--report",
                report.toString(),
                "--output",
                answers.toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("adapter: exact match 2 of 3 (66.7 %)", "base model: exact match 0 of 3");

        JsonNode json = ProtocolJson.MAPPER.readTree(report.toFile());
        assertThat(json.at("/records").asInt()).isEqualTo(3);
        assertThat(json.at("/adapter").asText()).isEqualTo(adapter());
        assertThat(json.at("/result/exactMatch/exact").asInt()).isEqualTo(2);
        assertThat(json.at("/base/exactMatch/exact").asInt()).isZero();
        assertThat(json.at("/result/loss").asDouble())
                .isEqualTo(loss(reference.adapter()).loss());
        assertThat(json.at("/base/loss").asDouble())
                .isEqualTo(loss(Adapter.none()).loss());

        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(answers)) {
            lines.add(ProtocolJson.MAPPER.readTree(line));
        }
        assertThat(lines).extracting(line -> line.get("exact").asBoolean()).containsExactly(true, false, true);
        assertThat(lines).extracting(line -> line.get("line").asInt()).containsExactly(1, 2, 3);
        assertThat(lines.get(1).get("expected").asText()).isEqualTo("something else");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(answers)))
                .isEqualTo("rw-------");
        assertThat(report).content().doesNotContain("something else");
    }

    @Test
    void aLimitTakesTheFirstRecords() {
        CommandRun run = eval("--adapter", adapter(), "--exact-match", "--max-tokens", "" + TOKENS, "--limit", "2");
        assertThat(run.out()).contains("records 2", "exact match 1 of 2");
        assertThat(eval("--limit", "99").out()).contains("records 3");
    }

    @Test
    void wrongUsageIsExitCode2AndAProblemIs1() {
        for (String[] wrong : List.of(
                new String[] {"--compare-base"},
                new String[] {"--output", "x"},
                new String[] {"--limit", "0"},
                new String[] {"--exact-match", "--max-tokens", "-1"})) {
            assertThat(eval(wrong).exit()).as(String.join(" ", wrong)).isEqualTo(2);
        }
        CommandRun run = eval("--adapter", "nowhere");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("nowhere", "remedy:");
    }
}
