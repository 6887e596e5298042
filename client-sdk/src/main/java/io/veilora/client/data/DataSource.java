package io.veilora.client.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where training data is and what to take of it.
 *
 * @param format null for what the name says
 * @param column of a CSV file: the column of texts; null for the columns {@code prompt} and {@code completion}
 * @param glob which files of a folder, for example {@code **}{@code /*.java}; null for all
 * @param writers of mail: whose replies to learn, e-mail addresses in lower case; empty for everybody's
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DataSource(
        @JsonSerialize(using = ToStringSerializer.class) Path path,
        DataFormat format,
        String column,
        String glob,
        Set<String> writers) {
    public DataSource {
        path = path.toAbsolutePath().normalize();
        writers = writers == null ? Set.of() : Collections.unmodifiableSet(new TreeSet<>(writers)); // in one order
    }

    /** The format that the name says, everything in it. */
    public static DataSource of(Path path) {
        return new DataSource(path, null, null, null, Set.of());
    }

    /**
     * Everything that is to be learnt.
     *
     * @return with at least one example in all
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a source that is missing, empty or of no known
     *     format, and for the first bad record, naming file and line
     */
    public List<ExampleFile> read() throws IOException {
        if (!Files.exists(path)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not there", path)
                    .remedy("give a file or a folder of training data"));
        }
        return switch (format == null ? DataFormat.of(path) : format) {
            case JSONL -> List.of(new ExampleFile(path, DataFile.examples(path)));
            case TEXT -> List.of(new ExampleFile(path, List.of(new TextRecord(1, TextFile.read(path)))));
            case CSV -> List.of(new ExampleFile(path, CsvFile.read(path, column)));
            case MAIL -> MailArchive.read(path, writers);
            case FILES -> SourceFolder.read(path, glob);
        };
    }
}
