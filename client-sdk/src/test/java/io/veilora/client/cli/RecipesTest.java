package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

/** The commands of src/site/recipes: all of them are understood, the dry runs are run. */
class RecipesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path RECIPES = ROOT.resolve("src/site/recipes");
    private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\n)|([^\\s'\"]+)");
    private static final Set<String> OF_THE_PROVIDER = Set.of("server", "import", "models");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> pages = Files.list(RECIPES)) {
            return pages.filter(page -> page.toString().endsWith(".md"))
                    .filter(page -> !page.endsWith("README.md"))
                    .sorted()
                    .toList();
        }
    }

    /** The arguments of every {@code veilora} in the page's shell blocks, with paths of the sample as they are from here. */
    private static List<List<String>> commands(Path page) throws IOException {
        List<List<String>> commands = new ArrayList<>();
        Matcher block = SHELL.matcher(Files.readString(page));
        while (block.find()) {
            List<String> command = new ArrayList<>();
            Matcher word = WORD.matcher(block.group(1).replace("\\\n", " "));
            while (word.find()) {
                if (word.group(3) == null) {
                    String text = word.group(1) != null
                            ? word.group(1)
                            : word.group(2) != null ? word.group(2) : word.group(4);
                    command.add(
                            text.startsWith("src/sample") ? ROOT.resolve(text).toString() : text);
                } else if (!command.isEmpty()) {
                    commands.add(command);
                    command = new ArrayList<>();
                }
            }
            if (!command.isEmpty()) {
                commands.add(command);
            }
        }
        return commands;
    }

    @Test
    void thereIsAPageForEachOfThePapersFourUses() throws IOException {
        assertThat(pages()).hasSize(4).allSatisfy(page -> {
            String text = Files.readString(page);
            assertThat(text).contains("## Data", "## Look first", "## Train", "## What is revealed");
            assertThat(Files.readString(RECIPES.resolve("README.md"))).contains("(" + page.getFileName() + ")");
        });
    }

    @TestFactory
    Stream<DynamicTest> everyCommandOfAPageIsUnderstood() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages()) {
            assertThat(commands(page)).hasSizeGreaterThanOrEqualTo(3);
            for (List<String> command : commands(page)) {
                tests.add(dynamicTest(page.getFileName() + ": " + command, () -> {
                    assertThat(command.getFirst()).isEqualTo("veilora");
                    if (!OF_THE_PROVIDER.contains(command.get(1))) {
                        assertThatCode(() -> Veilora.commandLine()
                                        .parseArgs(command.subList(1, command.size())
                                                .toArray(String[]::new)))
                                .doesNotThrowAnyException();
                    }
                }));
            }
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> theDryRunOfEveryPageRunsOnItsSampleData() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages()) {
            List<List<String>> dryRuns = commands(page).stream()
                    .filter(command -> command.contains("--dry-run"))
                    .toList();
            assertThat(dryRuns).hasSize(1);
            tests.add(dynamicTest(page.getFileName().toString(), () -> {
                String out =
                        run(dryRuns.getFirst().subList(1, dryRuns.getFirst().size()));
                assertThat(out)
                        .contains("records", "tokens a sequence", "micro-batches", "encrypted blocks", "% full")
                        .contains("optimizer steps", "remote steps", " up, ", " down", "Nothing was sent");
            }));
        }
        return tests.stream();
    }

    private static String run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine =
                Veilora.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int exit = commandLine.execute(arguments.toArray(String[]::new));
        assertThat(exit).as("%s%s", out, err).isZero();
        return out.toString();
    }
}
