package io.veilora.client.cli;

import io.veilora.client.report.ReportText;
import io.veilora.client.report.TrainingReport;
import io.veilora.client.train.FineTuning;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code train}: fine-tunes an adapter, or goes on with an interrupted run. */
@Command(
        name = "train",
        description = "Fine-tune an adapter on data that never leaves this machine in clear.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Data: one JSON object a line, {\"prompt\": \"...\", \"completion\": \"...\"}; only completions are learnt.",
            "The same command goes on with an interrupted run. RUN/adapter holds the adapter in PEFT's format.",
            "",
            "Examples:",
            "  veilora train --model sample --data train.jsonl --held-out heldout.jsonl --run runs/first",
            "  veilora train --model sample --data train.jsonl --run runs/q --targets q_proj,v_proj --rank 4 --epochs 2",
            "  veilora train --mode clear --model-folder ./model --data train.jsonl --run runs/clear"
        })
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "training records, JSONL")
    private Path training;

    @Option(names = "--held-out", paramLabel = "FILE", description = "records to evaluate on, JSONL")
    private Path heldOut;

    @Option(
            names = "--run",
            required = true,
            paramLabel = "DIR",
            description = "run folder: checkpoints, metrics, adapter")
    private Path run;

    @Option(names = "--report", paramLabel = "FILE", description = "write the report as JSON")
    private Path report;

    @Mixin
    private TrainingOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        TrainingConfig config = options.config();
        try (OpenModel open = model.open()) {
            TrainingData data = FineTuning.read(open.base(), config, training, heldOut);
            FineTuning.Outcome outcome;
            try (TrainingProgress progress = new TrainingProgress("train", run)) {
                outcome = new FineTuning(open.base(), config, data, run).run(progress);
            }
            TrainingReport result = Reports.of(model.mode().name().toLowerCase(Locale.ROOT), outcome, null, null);
            if (report != null) {
                result.writeJson(report);
            }
            spec.commandLine()
                    .getOut()
                    .print(ReportText.render(
                            result, spec.commandLine().getColorScheme().ansi().enabled()));
        }
        return 0;
    }
}
