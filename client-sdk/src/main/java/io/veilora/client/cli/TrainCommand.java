package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.FineTuning;
import io.veilora.client.Outcome;
import io.veilora.client.RunConfig;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.report.ReportFiles;
import io.veilora.client.report.ReportText;
import io.veilora.client.train.BestAdapter;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.RunEstimate;
import io.veilora.client.train.TrainingConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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
            "",
            "RUN/adapter        the adapter in PEFT's format",
            "RUN/best-adapter   the one with the lowest held-out loss",
            "RUN/report.html    loss, learning rate, time and traffic, kept up to date",
            "RUN/metrics.jsonl  one line for every optimizer step and evaluation",
            "RUN/config.json    everything that --resume needs, except the API key",
            "",
            "Ctrl-C ends the run after its optimizer step, saves it, and prints the command",
            "that goes on; Ctrl-C again stops at once. With --resume, --steps, --epochs,",
            "--eval-every, --early-stop and --checkpoint-every may change; for another length,",
            "the learning rate follows the schedule of that length from there on.",
            "",
            "Examples:",
            "  veilora train --model sample --data train.jsonl --held-out heldout.jsonl --run runs/first",
            "  veilora train --resume runs/first",
            "  veilora train --resume runs/first --steps 400",
            "  veilora train --model sample --data more.jsonl --adapter runs/first/adapter --run runs/second",
            "  veilora train --model sample --data train.jsonl --held-out heldout.jsonl \\",
            "    --run runs/third --steps 2000 --eval-every 50 --early-stop 3 --dropout 0.05",
            "  veilora train --model-folder ./model --data archive.mbox --mail-from me@example.org --dry-run",
            "  veilora train --model sample --data src/ --glob '**/*.java' --held-out-fraction 0.1 --run runs/code",
            "  veilora train --mode clear --model-folder ./model --data train.jsonl --run runs/clear",
            "",
            "Exit codes: 0 done, 1 a problem, 2 wrong usage, 130 interrupted and saved."
        })
final class TrainCommand implements Callable<Integer> {
    private static final Set<String> WITH_RESUME = Set.of(
            "--resume",
            "--provider",
            "--api-key-file",
            "--ca-file",
            "--run-name",
            "--patience",
            "--cache",
            "--hint-quota",
            "--steps",
            "--epochs",
            "--eval-every",
            "--early-stop",
            "--checkpoint-every",
            "--report");

    @Mixin
    private ModelOptions model;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--dry-run",
            description = "print what the data holds and what the run would cost, send nothing; --run is not needed")
    private boolean dryRun;

    @Option(names = "--run", paramLabel = "DIR", description = "run folder, made if it is not there")
    private Path run;

    @Option(names = "--resume", paramLabel = "RUN", description = "go on with the run in this folder; needs no more")
    private Path resume;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description =
                    "continue from this adapter in PEFT's format; rank, alpha, rslora, targets and dropout are its own")
    private Path adapter;

    @Option(names = "--report", paramLabel = "FILE", description = "write RUN/report.json here too")
    private Path report;

    @Mixin
    private TrainingOptions options;

    @Option(
            names = "--early-stop",
            paramLabel = "PATIENCE",
            description = {
                "end after this many evaluations in a row without a lower held-out loss (default: never).",
                "The provider sees after which evaluation a run ends, and so learns a little about the losses:",
                "at most log2 of the number of evaluations, in bits, for the whole run. Needs --eval-every"
            })
    private Integer earlyStop;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        return resume == null ? start() : goOn();
    }

    private int start() throws IOException {
        DataSelection selection = data.selection();
        LoraConfig usual = TrainingConfig.usual().lora();
        LoraConfig lora =
                adapter == null ? usual : PeftFiles.readConfig(adapter).withSeed(usual.seed());
        TrainingConfig config = options.fresh(lora, patience(0));
        if (dryRun) {
            return dryRun(config, selection);
        }
        if (run == null) {
            throw new ParameterException(spec.commandLine(), "--run: got nothing, expected a folder (or --resume RUN)");
        }
        try (BaseModel base = model.open()) {
            FineTuning tuning = FineTuning.of(base).data(selection).config(config);
            return fineTune(adapter == null ? tuning : tuning.adapter(adapter), run);
        }
    }

    private int goOn() throws IOException {
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
            if (Arrays.stream(given.names()).noneMatch(WITH_RESUME::contains)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "%s: got one with --resume, but it comes from %s"
                                .formatted(given.longestName(), resume.resolve(RunConfig.NAME)));
            }
        }
        RunConfig saved = RunConfig.read(resume);
        if (saved.model() == null) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s does not say where the model is", resume.resolve(RunConfig.NAME))
                    .remedy("go on with the program that started this run"));
        }
        TrainingConfig before = saved.training();
        TrainingConfig config = options.over(before, patience(before.length().patience()));
        try (BaseModel base = model.reopen(saved.model())) {
            return fineTune(FineTuning.resume(base, saved).config(config), resume);
        }
    }

    private int patience(int otherwise) {
        return earlyStop == null ? otherwise : earlyStop;
    }

    private int dryRun(TrainingConfig config, DataSelection selection) throws IOException {
        try (ModelShape shape = model.shape()) {
            int longest =
                    Math.min(shape.config().contextLength(), config.batching().tokensPerMicroBatch());
            DataSelection.Selected selected = selection.select(shape.tokenizer(), longest);
            PrintWriter out = spec.commandLine().getOut();
            out.print(DryRun.render(shape.config(), config, selected));
            model.remote()
                    .map(remote -> PriceQuote.lines(
                            remote,
                            RunEstimate.of(shape.config(), config, selected.data())
                                    .demand()))
                    .ifPresent(out::print);
            spec.commandLine().getOut().flush();
        }
        return 0;
    }

    private int fineTune(FineTuning tuning, Path folder) throws IOException {
        String goOn = resumeCommand(folder);
        Outcome outcome;
        try (TrainingProgress progress = new TrainingProgress("train");
                Interruption interruption = new Interruption(goOn)) {
            outcome = tuning.listener(progress).stopWhen(interruption).run(folder);
        }
        if (report != null) {
            outcome.report().writeJson(report);
        }
        show(outcome, folder);
        if (outcome.end() == Outcome.End.INTERRUPTED) {
            System.err.printf("interrupted and saved; go on with:%n  %s%n", goOn);
            return Interruption.EXIT_CODE;
        }
        return 0;
    }

    private void show(Outcome outcome, Path folder) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ReportText.render(
                outcome.report(), spec.commandLine().getColorScheme().ansi().enabled()));
        out.printf("%nreport: %s%n", folder.resolve(ReportFiles.HTML));
        if (outcome.end() == Outcome.End.EARLY_STOP) {
            out.printf(
                    "early stop: the held-out loss fell no more; the best adapter is in %s%n",
                    folder.resolve(BestAdapter.FOLDER));
        }
        out.flush();
    }

    private static String resumeCommand(Path folder) {
        String path = folder.toString();
        boolean plain = path.matches("[\\w./:@%+=,-]+");
        return "%s train --resume %s"
                .formatted(
                        System.getProperty("veilora.command", "veilora"),
                        plain ? path : "'" + path.replace("'", "'\\''") + "'");
    }
}
