package io.veilora.client.cli;

import io.veilora.client.report.ReportText;
import io.veilora.client.report.TrainingReport;
import io.veilora.client.train.DataSelection;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code train}: fine-tunes an adapter, or goes on with an interrupted run. */
@Command(
        name = "train",
        description = "Fine-tune an adapter on data that never leaves this machine in clear.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Data: .jsonl, one JSON object a line: {\"prompt\": \"...\", \"completion\": \"...\"}, of which completions are",
            "learnt, or {\"messages\": [{\"role\": \"user\", \"content\": \"...\"}, ...]}, in the model's own chat format, of",
            "which the assistant's are; .csv; plain text; mail; a folder of files. See src/site/recipes.",
            "The same command goes on with an interrupted run. RUN/adapter holds the adapter in PEFT's format.",
            "",
            "Examples:",
            "  veilora train --model sample --data train.jsonl --held-out heldout.jsonl --run runs/first",
            "  veilora train --model sample --data train.jsonl --run runs/q --targets q_proj,v_proj --rank 4 --epochs 2",
            "  veilora train --model sample --data archive.mbox --mail-from me@example.org --dry-run",
            "  veilora train --model sample --data src/ --glob '**/*.java' --held-out-fraction 0.1 --run runs/code",
            "  veilora train --mode clear --model-folder ./model --data train.jsonl --run runs/clear"
        })
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private DataOptions data;

    @Option(names = "--dry-run", description = "print what the data holds and what the run would cost, send nothing")
    private boolean dryRun;

    @Option(names = "--run", paramLabel = "DIR", description = "run folder: checkpoints, metrics, adapter")
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
        DataSelection selection = data.selection();
        int tokens = config.batching().tokensPerMicroBatch();
        if (dryRun) {
            try (ModelShape shape = model.shape()) {
                DataSelection.Selected selected = selection.read(shape.config(), shape.tokenizer(), tokens);
                spec.commandLine().getOut().print(DryRun.render(shape.config(), config, selected));
            }
            return 0;
        }
        if (run == null) {
            throw new ParameterException(spec.commandLine(), "--run: got nothing, expected a run folder");
        }
        try (OpenModel open = model.open()) {
            TrainingData data = selection
                    .read(open.base().config(), open.base().tokenizer(), tokens)
                    .data();
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
