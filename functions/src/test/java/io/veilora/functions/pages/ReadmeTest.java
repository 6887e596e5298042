package io.veilora.functions.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What README and its neighbours tell to type is understood, and README's Java compiles. */
class ReadmeTest {
    private static final List<String> PAGES = List.of(
            "README.md", "CONTRIBUTING.md", "src/bench/README.md", "src/sample/README.md", "src/site/tenants.md");
    private static final Pattern JAVA = Pattern.compile("## From Java\n\n((?: {4}.*\n)+)");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> everyCommandIsUnderstood() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String page : PAGES) {
            for (List<String> command : PageCommands.of(PageCommands.ROOT.resolve(page))) {
                tests.add(dynamicTest(page + ": " + command, () -> assertThatCode(
                                () -> PageCommands.parser(command).parseArgs(command.toArray(String[]::new)))
                        .doesNotThrowAnyException()));
            }
        }
        return tests.stream();
    }

    @Test
    void readmeShowsCommandsOfBothSides() throws IOException {
        List<List<String>> commands = PageCommands.of(PageCommands.ROOT.resolve("README.md"));
        assertThat(commands)
                .extracting(List::getFirst)
                .contains("demo", "import", "server", "models", "train", "eval", "generate", "bench");
        assertThat(commands).contains(List.of("server", "--port", "8080")); // without its comment
    }

    @Test
    void anOptionThatIsNotThereWouldBeNoticed() {
        for (List<String> command :
                List.of(List.of("train", "--runs", "x"), List.of("import", "x", "--name", "y", "--nam", "z"))) {
            assertThatCode(() -> PageCommands.parser(command).parseArgs(command.toArray(String[]::new)))
                    .hasMessageContaining("Unknown option");
        }
    }

    @Test
    void theJavaSnippetCompiles() throws IOException {
        Matcher snippet = JAVA.matcher(Files.readString(PageCommands.ROOT.resolve("README.md")));
        assertThat(snippet.find()).isTrue();
        String source = """
                import io.veilora.client.*;
                import io.veilora.client.text.*;
                import java.net.URI;
                import java.nio.file.Path;

                class Snippet {
                    void run(String apiKey) throws java.io.IOException {
                %s    }
                }
                """.formatted(snippet.group(1));
        Path file = Files.writeString(folder.resolve("Snippet.java"), source);
        StringWriter said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of("-classpath", System.getProperty("java.class.path"), "-d", folder.toString());
            boolean compiled = compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }
}
