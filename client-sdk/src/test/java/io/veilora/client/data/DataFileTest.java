package io.veilora.client.data;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataFileTest {
    private static final String GOOD = "{\"prompt\": \"p\", \"completion\": \"c\"}\n";

    @TempDir
    Path folder;

    private Path file(byte[] content) throws IOException {
        return Files.write(folder.resolve("train.jsonl"), content);
    }

    private Path file(String content) throws IOException {
        return file(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsRecordsInOrderWithTheirLineNumbers() throws IOException {
        List<DataRecord> records = DataFile.read(file("\uFEFF{\"prompt\": \"naïve\\n\", \"completion\": \"猫\"}\r\n"
                + "{\"completion\":\"b\",\"other\":1,\"prompt\":\"\"}")); // no line feed at the end
        assertThat(records).containsExactly(new DataRecord(1, "naïve\n", "猫"), new DataRecord(2, "", "b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                            | is empty",
                "'   '                                         | is empty",
                "{\"prompt\": \"SECRET                         | is not valid JSON",
                "SECRET                                        | is not valid JSON",
                "{\"prompt\": \"SECRET\", \"completion\": \"\"} SECRET | is not valid JSON",
                "[\"SECRET\"]                                  | is not a JSON object",
                "{\"prompt\": \"SECRET\"}                      | has no field \"completion\"",
                "{\"completion\": \"SECRET\"}                  | has no field \"prompt\"",
                "{\"prompt\": [\"SECRET\"], \"completion\": \"c\"} | field \"prompt\": got array, expected a string",
                "{\"prompt\": \"SECRET\", \"completion\": null} | field \"completion\": got null, expected a string",
            })
    void aBadLineIsAnErrorWithFileAndLineNumberAndWithoutItsContent(String line, String what) throws IOException {
        Path file = file(GOOD + line + "\n" + GOOD);
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.read(file))
                .contains(file + ", line 2 " + what)
                .doesNotContain("SECRET");
        assertThat(catchThrowable(() -> DataFile.read(file))).hasNoCause();
    }

    @Test
    void aLineThatIsNotUtf8IsAnError() throws IOException {
        Path file = file(new byte[] {'{', (byte) 0xC3, '(', '}', '\n'});
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.read(file)).contains("line 1 is not UTF-8");
    }

    @Test
    void anEmptyLineAtTheEndIsAnError() throws IOException {
        Path file = file(GOOD + "\n");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.read(file)).contains("line 2 is empty");
    }

    @Test
    void aMissingOrEmptyFileIsAnErrorThatNamesIt() throws IOException {
        Path missing = folder.resolve("nowhere.jsonl");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.read(missing)).contains("nowhere.jsonl is not a file");
        Path empty = file("");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.read(empty)).contains("train.jsonl is empty");
    }

    @Test
    void aRecordDoesNotPrintItsTexts() {
        assertThat(new DataRecord(3, "SECRET", "SECRET")).hasToString("DataRecord[line 3]");
    }
}
