package io.veilora.functions.pages;

import io.veilora.client.cli.Veilora;
import io.veilora.functions.cli.Provider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** The {@code veilora} commands in the code blocks of a page, fenced ones of shell and indented ones. */
final class PageCommands {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern SHELL = Pattern.compile("^```sh\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern INDENTED = Pattern.compile("^ {4}(.*)$", Pattern.MULTILINE);
    private static final Pattern COMMAND = Pattern.compile("^(?:\\./)?veilora(?= )", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\n|#[^\n]*)|([^\\s'\"]+)");
    private static final Set<String> OF_THE_PROVIDER = Set.of("server", "import", "models");

    private PageCommands() {}

    /** The arguments of every command, with paths of the sample as they are from here. */
    static List<List<String>> of(Path page) throws IOException {
        String code = code(Files.readString(page));
        return COMMAND.matcher(code)
                .results()
                .map(command -> arguments(code, command.end()))
                .toList();
    }

    private static String code(String page) {
        StringBuilder code = new StringBuilder();
        SHELL.matcher(page).results().forEach(block -> code.append(block.group(1)));
        INDENTED.matcher(SHELL.matcher(page).replaceAll("")).results().forEach(line -> code.append(line.group(1))
                .append('\n'));
        return code.toString().replace("\\\n", " ");
    }

    /** As a shell splits them: up to a comment or the end of a line, unless that is quoted. */
    private static List<String> arguments(String code, int from) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(code);
        for (boolean found = word.find(from); found && word.group(3) == null; found = word.find()) {
            String text = word.group(1) != null ? word.group(1) : word.group(2) != null ? word.group(2) : word.group(4);
            words.add(text.startsWith("src/sample") ? ROOT.resolve(text).toString() : text);
        }
        return words;
    }

    /** The parser that the launcher sends a command to. */
    static CommandLine parser(List<String> command) {
        return OF_THE_PROVIDER.contains(command.getFirst()) ? Provider.commandLine() : Veilora.commandLine();
    }
}
