package io.veilora.client.cli;

import io.veilora.client.data.DataFormat;
import io.veilora.client.data.DataSource;
import io.veilora.client.data.TooLong;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Option;

/** How records are read, to train on them as to evaluate on them. */
final class RecordOptions {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "of the data, if its name does not say it: ${COMPLETION-CANDIDATES}")
    private DataFormat format;

    @Option(
            names = "--column",
            paramLabel = "NAME",
            description = "CSV: the column of texts (default: columns prompt and completion)")
    private String column;

    @Option(
            names = "--glob",
            paramLabel = "PATTERN",
            description = "folder of files: which ones, for example '**/*.java' (default: all but hidden ones)")
    private String glob;

    @Option(
            names = "--mail-from",
            split = ",",
            paramLabel = "ADDRESS",
            description = "mail: only the replies of these writers (default: everybody's)")
    private List<String> writers = List.of();

    @Option(
            names = "--too-long",
            defaultValue = "fail",
            paramLabel = "WHAT",
            description = {
                "with records longer than the context or --tokens-per-batch:",
                "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})"
            })
    private TooLong tooLong;

    DataSource source(Path path) {
        Set<String> addresses = new HashSet<>();
        writers.forEach(writer -> addresses.add(writer.strip().toLowerCase(Locale.ROOT)));
        return new DataSource(path, format, column, glob, addresses);
    }

    TooLong tooLong() {
        return tooLong;
    }
}
