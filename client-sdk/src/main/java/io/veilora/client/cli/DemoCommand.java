package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.FineTuning;
import io.veilora.client.ModelSource;
import io.veilora.client.Outcome;
import io.veilora.client.data.DataFile;
import io.veilora.client.files.PrivateFiles;
import io.veilora.client.lora.Adapter;
import io.veilora.client.report.LossCurve;
import io.veilora.client.report.ReportText;
import io.veilora.client.report.TrainingReport;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.client.train.TrainingConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demo}: a provider in one process, a data owner in this one, and the whole way between them. */
@Command(
        name = "demo",
        description = "Fine-tune the sample model under encryption on this machine, and show what it did.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Starts a provider (Kafka broker, gateway, step functions) in a process of its own, imports the sample",
            "model, fine-tunes it on the sample data with every linear layer under encryption, and trains the same in",
            "clear float32 beside it. The provider ends with the demo.",
            "",
            "Examples:",
            "  veilora demo",
            "  veilora demo --steps 20 --report report.json"
        })
final class DemoCommand implements Callable<Integer> {
    private static final String MODEL = "sample";
    private static final int BEFORE_TOKENS = 24;
    private static final int ANSWER_TOKENS = 80;
    private static final double LARGEST_DIFFERENCE = 0.01;
    private static final int PATIENCE_MINUTES = 5;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = ".veilora/demo",
            description = "where the demo works (default: ${DEFAULT-VALUE})")
    private Path folder;

    @Option(names = "--report", paramLabel = "FILE", description = "write the report as JSON")
    private Path report;

    @Mixin
    private TrainingOptions options;

    @Spec
    private CommandSpec spec;

    private final Path home = Path.of(System.getProperty("veilora.home", "."));
    private final Path launcher = home.resolve("veilora").toAbsolutePath();
    private final Path sampleModel = home.resolve("src/sample/model");
    private final Path sampleData = home.resolve("src/sample/data");

    @Override
    public Integer call() throws IOException {
        Path provider = folder.resolve("provider");
        PrivateFiles.createFolder(folder);
        say("1  import the sample model at the provider");
        ProviderProcess.run(
                launcher, List.of("import", sampleModel.toString(), "--name", MODEL, "--data", provider.toString()));
        Path log = folder.resolve("provider.log");
        try (ProviderProcess server = ProviderProcess.start(launcher, provider, log)) {
            say("2  provider: process %d at %s, log %s".formatted(server.pid(), server.url(), log));
            String apiKey = ModelOptions.readApiKey(provider.resolve("api-key"));
            say("   client: process %d, has the data, the keys and the adapter"
                    .formatted(ProcessHandle.current().pid()));
            ModelSource.Provider source = new ModelSource.Provider(
                    server.url(), MODEL, folder.resolve("cache"), null, PATIENCE_MINUTES, provider.resolve("api-key"));
            try (BaseModel base = ModelOptions.connect(source, apiKey)) {
                TrainingReport result = train(base);
                if (report != null) {
                    result.writeJson(report);
                }
                PrintWriter out = spec.commandLine().getOut();
                out.println();
                out.print(ReportText.render(
                        result, spec.commandLine().getColorScheme().ansi().enabled()));
                out.flush();
                return keepsItsPromise(result) ? 0 : 1;
            }
        }
    }

    /** DESIGN §8: the loss curve within 1 % of clear float32; and training must have taught something. */
    private boolean keepsItsPromise(TrainingReport result) {
        boolean same = result.maxRelativeLossDifference() < LARGEST_DIFFERENCE;
        boolean learnt = result.heldOutLossAfter() < result.heldOutLossBefore();
        say("every loss within 1 %% of clear training: %s; held-out loss fell: %s"
                .formatted(same ? "yes" : "NO", learnt ? "yes" : "NO"));
        return same && learnt;
    }

    private TrainingReport train(BaseModel base) throws IOException {
        int never = 0; // early stop could end the two runs that are compared at different steps
        TrainingConfig config = options.fresh(TrainingConfig.usual().lora(), never);
        Path run = folder.resolve("runs")
                .resolve(LocalDateTime.now().format(DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss")));
        String prompt =
                DataFile.read(sampleData.resolve("heldout.jsonl")).getFirst().prompt();
        say("3  answer a held-out prompt with the base model");
        String before = answer(base, Adapter.none(), prompt, BEFORE_TOKENS);
        say("4  fine-tune, every linear layer under encryption");
        Outcome encrypted = fineTune(base, config, run, "encrypted");
        say("5  answer the same prompt with the adapter");
        String after = answer(base, encrypted.adapter(), prompt, ANSWER_TOKENS);
        say("6  the same training in clear float32, here, for comparison");
        try (BaseModel clear = BaseModel.open(new ModelSource.Clear(sampleModel))) {
            Outcome outcome = fineTune(clear, config, run.resolve("clear"), "clear");
            double difference = LossCurve.of(encrypted.steps()).maxRelativeDifference(LossCurve.of(outcome.steps()));
            return encrypted.report().with(difference, new TrainingReport.Sample(prompt, before, after));
        }
    }

    private Outcome fineTune(BaseModel base, TrainingConfig config, Path run, String task) throws IOException {
        try (TrainingProgress progress = new TrainingProgress(task)) {
            return FineTuning.of(base)
                    .data(sampleData.resolve("train.jsonl"))
                    .heldOut(sampleData.resolve("heldout.jsonl"))
                    .config(config)
                    .listener(progress)
                    .run(run);
        }
    }

    private static String answer(BaseModel base, Adapter adapter, String prompt, int tokens) {
        try (Bar bar = Bar.of("tokens", tokens)) {
            int[] pieces = {0};
            return Generator.of(base, adapter)
                    .generate(prompt, GenerationSettings.greedy(tokens), piece -> bar.to(++pieces[0]))
                    .text();
        }
    }

    private void say(String line) {
        spec.commandLine().getErr().println(line);
        spec.commandLine().getErr().flush();
    }
}
