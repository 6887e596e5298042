package io.veilora.client.cli;

import io.veilora.client.data.DataFormat;
import io.veilora.client.data.DataSource;
import io.veilora.client.data.TooLong;
import io.veilora.client.train.DataSelection;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which data to train on, in what format, and what to hold out. */
final class DataOptions {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = "training records: a .jsonl, .txt, .csv or .mbox file, a mail folder, or a folder of files")
    private Path training;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "of the data, if its name does not say it: ${COMPLETION-CANDIDATES}")
    private DataFormat format;

    @Option(
            names = "--column",
            paramLabel = "NAME",
            description = "CSV: the column of texts to learn (default: columns prompt and completion)")
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
            description = "mail: learn only the replies of these writers (default: everybody's)")
    private List<String> writers = List.of();

    @Option(names = "--held-out", paramLabel = "PATH", description = "records to evaluate on, in the same format")
    private Path heldOut;

    @Option(
            names = "--held-out-fraction",
            defaultValue = "0",
            paramLabel = "SHARE",
            description = {
                "hold out this share of --data instead, for example 0.1 (default: ${DEFAULT-VALUE});",
                "a record stays on its side in the next run and when records are added"
            })
    private double heldOutFraction;

    @Option(
            names = "--too-long",
            defaultValue = "fail",
            paramLabel = "WHAT",
            description = {
                "with records longer than the context or --tokens-per-batch:",
                "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})"
            })
    private TooLong tooLong;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    DataSelection selection() {
        if (training == null) {
            throw new ParameterException(spec.commandLine(), "--data: got nothing, expected a path (or --resume RUN)");
        }
        if (heldOut != null && heldOutFraction != 0) {
            throw new ParameterException(
                    spec.commandLine(), "got --held-out and --held-out-fraction, expected one of them");
        }
        return new DataSelection(source(training), heldOut == null ? null : source(heldOut), heldOutFraction, tooLong);
    }

    private DataSource source(Path path) {
        Set<String> addresses = new HashSet<>();
        writers.forEach(writer -> addresses.add(writer.strip().toLowerCase(Locale.ROOT)));
        return new DataSource(path, format, column, glob, addresses);
    }
}
