package io.veilora.client.data;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.llama.PackedBatch;
import io.veilora.client.text.TinyTokenizer;
import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    private static final int X = PackedBatch.IGNORE;

    @TempDir
    Path folder;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = TinyTokenizer.open();
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("train.jsonl"), String.join("\n", lines) + "\n");
    }

    private static String line(String prompt, String completion) {
        return "{\"prompt\": \"" + prompt + "\", \"completion\": \"" + completion + "\"}";
    }

    @Test
    void labelsAreTheNextTokensAndThePromptDoesNotCount() {
        TokenizedRecord record = TokenizedRecord.of(1, OptionalInt.of(0), new int[] {10, 11}, new int[] {20, 21}, 1);
        assertThat(record.tokens()).containsExactly(0, 10, 11, 20, 21);
        assertThat(record.labels()).containsExactly(X, X, 20, 21, 1);
    }

    @Test
    void withoutABeginOfTextTokenTheFirstLabelIsTheSecondToken() {
        TokenizedRecord record = TokenizedRecord.of(1, OptionalInt.empty(), new int[] {10, 11}, new int[] {20}, 1);
        assertThat(record.tokens()).containsExactly(10, 11, 20);
        assertThat(record.labels()).containsExactly(X, 20, 1);
        TokenizedRecord noPrompt = TokenizedRecord.of(1, OptionalInt.empty(), new int[0], new int[] {20, 21}, 1);
        assertThat(noPrompt.tokens()).containsExactly(20, 21);
        assertThat(noPrompt.labels()).containsExactly(21, 1);
    }

    @Test
    void tokenizesPromptAndCompletionApart() throws IOException {
        Dataset data = Dataset.read(file(line("the ca", "t"), line("", " the cat")), tokenizer, 100);
        int[] ca = tokenizer.encode("the ca");
        TokenizedRecord first = data.records().getFirst();
        assertThat(first.tokens()).hasSize(1 + ca.length + 1).startsWith(0).endsWith(tokenizer.encode("t"));
        assertThat(first.labels()).endsWith(tokenizer.encode("t")[0], 1);
        TokenizedRecord second = data.records().getLast();
        int[] cat = tokenizer.encode(" the cat");
        assertThat(second.labels()).hasSize(cat.length + 1).startsWith(cat).endsWith(1);
        assertThat(data.tokenCount()).isEqualTo(first.tokenCount() + second.tokenCount());
    }

    @Test
    void aRecordWithoutCompletionTokensIsAnErrorWithItsLine() throws IOException {
        Path file = file(line("the", "cat"), line("SECRET", ""));
        assertProblem(ProblemCode.INVALID_INPUT, () -> Dataset.read(file, tokenizer, 100))
                .contains(file + ", line 2 has no completion tokens")
                .doesNotContain("SECRET");
    }

    @Test
    void aRecordThatFitsExactlyIsReadAndOneTokenMoreIsAnErrorWithItsLine() throws IOException {
        Path file = file(line("the", "cat"), line("the cat", "the cat")); // 0 the cat the cat, and 1 to predict
        assertThat(Dataset.read(file, tokenizer, 5).records()).hasSize(2);
        assertProblem(ProblemCode.INVALID_INPUT, () -> Dataset.read(file, tokenizer, 4))
                .contains(file + ", line 2 is too long: got 5 tokens, expected at most 4")
                .doesNotContain("the cat");
    }

    @Test
    void theDigestChangesWithTheDataAndWithTheirOrder() throws IOException {
        String digest =
                Dataset.read(file(line("a", "b"), line("c", "d")), tokenizer, 9).digest();
        assertThat(Dataset.read(file(line("a", "b"), line("c", "d")), tokenizer, 9)
                        .digest())
                .isEqualTo(digest);
        assertThat(Dataset.read(file(line("c", "d"), line("a", "b")), tokenizer, 9)
                        .digest())
                .isNotEqualTo(digest);
        assertThat(Dataset.read(file(line("a", "b"), line("", "cd")), tokenizer, 9)
                        .digest())
                .isNotEqualTo(digest);
    }
}
