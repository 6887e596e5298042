package io.veilora.functions.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.veilora.client.cli.Veilora;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

/** The commands of src/site/recipes: all of them are understood, the dry runs are run. */
class RecipesTest {
    private static final Path RECIPES = PageCommands.ROOT.resolve("src/site/recipes");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> pages = Files.list(RECIPES)) {
            return pages.filter(page -> page.toString().endsWith(".md"))
                    .filter(page -> !page.endsWith("README.md"))
                    .sorted()
                    .toList();
        }
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
            assertThat(PageCommands.of(page)).hasSizeGreaterThanOrEqualTo(3);
            for (List<String> command : PageCommands.of(page)) {
                tests.add(dynamicTest(page.getFileName() + ": " + command, () -> assertThatCode(
                                () -> PageCommands.parser(command).parseArgs(command.toArray(String[]::new)))
                        .doesNotThrowAnyException()));
            }
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> theDryRunOfEveryPageRunsOnItsSampleData() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages()) {
            List<List<String>> dryRuns = PageCommands.of(page).stream()
                    .filter(command -> command.contains("--dry-run"))
                    .toList();
            assertThat(dryRuns).hasSize(1);
            tests.add(dynamicTest(page.getFileName().toString(), () -> {
                String out = run(dryRuns.getFirst());
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
