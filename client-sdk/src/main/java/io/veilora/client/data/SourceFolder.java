package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A folder of text files, such as a code base: one {@link TextRecord} a file, in the order of the paths. Hidden files and
 * folders ({@code .git}) and empty files are left out.
 */
final class SourceFolder {
    private SourceFolder() {}

    /** @param glob relative to the folder; null for every file */
    static List<ExampleFile> read(Path folder, String glob) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not a folder", folder)
                    .remedy("give the folder of the files, and --glob for which of them"));
        }
        PathMatcher matcher = folder.getFileSystem().getPathMatcher("glob:" + (glob == null ? "**" : glob));
        // A pattern **/x of the shell also means x itself.
        PathMatcher topMatcher = glob != null && glob.startsWith("**/")
                ? folder.getFileSystem().getPathMatcher("glob:" + glob.substring("**/".length()))
                : matcher;
        List<ExampleFile> files = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path file : paths.filter(Files::isRegularFile).sorted().toList()) {
                Path inside = folder.relativize(file);
                boolean chosen = matcher.matches(inside) || (inside.getNameCount() == 1 && topMatcher.matches(inside));
                if (!chosen || isHidden(inside)) {
                    continue;
                }
                String text = TextFile.decode(file);
                if (!text.isBlank()) {
                    files.add(new ExampleFile(file, List.of(new TextRecord(1, text))));
                }
            }
        }
        if (files.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s has no file with text that matches %s", folder, glob == null ? "**" : glob)
                    .remedy("give another --glob, for example --glob '**/*.java'"));
        }
        return files;
    }

    private static boolean isHidden(Path inside) {
        return StreamSupport.stream(inside.spliterator(), false)
                .anyMatch(name -> name.toString().startsWith("."));
    }
}
