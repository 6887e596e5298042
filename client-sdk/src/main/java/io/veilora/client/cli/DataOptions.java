package io.veilora.client.cli;

import io.veilora.client.train.DataSelection;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which data to train on, and what to hold out. */
final class DataOptions {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = "training records: a .jsonl, .txt, .csv or .mbox file, a mail folder, or a folder of files")
    private Path training;

    @Mixin
    private RecordOptions records;

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
        return new DataSelection(
                records.source(training),
                heldOut == null ? null : records.source(heldOut),
                heldOutFraction,
                records.tooLong());
    }
}
