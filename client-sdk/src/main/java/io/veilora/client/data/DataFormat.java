package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** How training data is written down. */
public enum DataFormat {
    /** JSON lines: {@code {"prompt", "completion"}} or {@code {"messages": [{"role", "content"}]}}. */
    JSONL,
    /** A whole text file. */
    TEXT,
    /** A table with a header: one column of texts, or the columns {@code prompt} and {@code completion}. */
    CSV,
    /** An mbox file, a Maildir, or a folder of {@code .eml} files. */
    MAIL,
    /** A folder of text files, chosen by a glob. */
    FILES;

    /**
     * The format that the name says: {@code .jsonl}, {@code .txt}, {@code .csv}, {@code .mbox}; a folder with mail in it,
     * or any other folder.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for another name
     */
    public static DataFormat of(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return isMail(path) ? MAIL : FILES;
        }
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "jsonl", "json", "ndjson" -> JSONL;
            case "txt", "text", "md" -> TEXT;
            case "csv" -> CSV;
            case "mbox", "eml" -> MAIL;
            default ->
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        .detail(
                                "%s: got a name that says no format, expected .jsonl, .txt, .csv, .mbox or a folder",
                                path)
                        .remedy("say the format: --format jsonl, text, csv, mail or files"));
        };
    }

    private static boolean isMail(Path folder) throws IOException {
        if (Files.isDirectory(folder.resolve("cur")) && Files.isDirectory(folder.resolve("new"))) {
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().endsWith(".eml"));
        }
    }
}
