package io.veilora.client.data;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataSourceTest {
    @TempDir
    Path folder;

    private Path file(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Example> csv(Path file, String column) throws IOException {
        return new DataSource(file, DataFormat.CSV, column, null, Set.of())
                .read()
                .getFirst()
                .examples();
    }

    @Test
    void aTextFileIsOneRecord() throws IOException {
        assertThat(DataSource.of(file("a.txt", "\uFEFFone\n\ntwo\n"))
                        .read()
                        .getFirst()
                        .examples())
                .containsExactly(new TextRecord(1, "one\n\ntwo\n"));
    }

    @Test
    void aCsvColumnIsReadWithQuotesAndLineBreaks() throws IOException {
        Path file = file("a.csv", "id,text\n1,\"two\nlines, and \"\"quotes\"\"\"\n2,naïve\n");
        assertThat(csv(file, "text"))
                .containsExactly(new TextRecord(2, "two\nlines, and \"quotes\""), new TextRecord(4, "naïve"));
    }

    @Test
    void twoCsvColumnsAreAPromptAndItsCompletion() throws IOException {
        assertThat(csv(file("a.csv", "completion,prompt\r\nb,a\r\n"), null))
                .containsExactly(new DataRecord(2, "a", "b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "id,text@1,a@2@      | line 3 has 1 columns, expected 2",
                "id,text@1,a@@       | line 3 is empty",
                "id,text@1,a@2,SECRET,x@ | line 3 has 3 columns, expected 2",
                "id,text@1,a@2,@     | line 3 has nothing in column \"text\"",
                "id,text@1,a@2,\"SECRET@ | line 3 is not CSV",
                "id,text@1,a@2,\"SECRET\"x@ | line 3 is not CSV",
                "id,text@            | line 2 is not there",
                "id,id@1,2@          | line 1 is not a CSV header",
                "id,other@1,SECRET@  | line 1: got no column \"text\" among its 2 columns",
                "SECRET,SECRETS@1,2@ | line 1: got no column \"text\" among its 2 columns"
            })
    void aBadCsvRowIsAnErrorWithFileAndLineAndWithoutItsContent(String content, String what) throws IOException {
        Path file = file("a.csv", content.replace('@', '\n'));
        assertProblem(ProblemCode.INVALID_INPUT, () -> csv(file, "text"))
                .contains(file + ", " + what)
                .doesNotContain("SECRET");
    }

    @Test
    void filesOfAFolderAreChosenByAGlobAndHiddenOnesLeftOut() throws IOException {
        file("src/b/B.java", "class B {}");
        file("src/A.java", "class A {}");
        file("src/Empty.java", " \n");
        file("src/notes.md", "x");
        file("src/.git/C.java", "x");
        DataSource source = new DataSource(folder.resolve("src"), null, null, "**/*.java", Set.of());
        assertThat(source.read())
                .extracting(ExampleFile::file)
                .containsExactly(folder.resolve("src/A.java"), folder.resolve("src/b/B.java"));
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> new DataSource(folder.resolve("src"), null, null, "**/*.kt", Set.of()).read())
                .contains("no file with text that matches **/*.kt");
    }

    @Test
    void chatsAndCompletionsMayStandInOneFile() throws IOException {
        Path file = file(
                "a.jsonl",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n{\"prompt\": \"p\", \"completion\": \"c\"}\n");
        assertThat(DataFile.examples(file))
                .hasSize(2)
                .first()
                .isInstanceOf(ChatRecord.class)
                .hasToString("ChatRecord[line 1]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"messages\": []} | field \"messages\" is not a list of messages, or an empty one",
                "{\"messages\": \"SECRET\"} | field \"messages\" is not a list of messages",
                "{\"messages\": [\"SECRET\"]} | message 1 is not a JSON object",
                "{\"messages\": [{\"role\": \"user\"}]} | has no field \"content\"",
                "{\"messages\": [{\"role\": \"user\", \"content\": [\"SECRET\"]}]} | field \"content\": got array, expected a string"
            })
    void aBadChatIsAnErrorWithItsLine(String line, String what) throws IOException {
        Path file = file("a.jsonl", line + "\n");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataFile.examples(file))
                .contains(file + ", line 1 " + what)
                .doesNotContain("SECRET");
    }

    @Test
    void whatIsMissingEmptyOrOfNoKnownFormatIsAnErrorThatNamesIt() throws IOException {
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataSource.of(folder.resolve("gone.jsonl"))
                        .read())
                .contains("gone.jsonl is not there");
        Path odd = file("data.parquet", "x");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataSource.of(odd).read())
                .contains("data.parquet", "--format jsonl");
        Path empty = file("empty.txt", "\n \n");
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataSource.of(empty).read())
                .contains("empty.txt, line 1 is empty");
        Path binary = folder.resolve("b.txt");
        Files.write(binary, new byte[] {'a', '\n', (byte) 0xFF, 'b'});
        assertProblem(ProblemCode.INVALID_INPUT, () -> DataSource.of(binary).read())
                .contains("b.txt, line 2 is not UTF-8");
    }
}
