package io.veilora.client;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.data.DataSource;
import io.veilora.client.data.TooLong;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.client.report.ReportFiles;
import io.veilora.client.train.BestAdapter;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingConfig.Batching;
import io.veilora.client.train.TrainingConfig.Intervals;
import io.veilora.client.train.TrainingConfig.Length;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on the sample model in the clear, as an application makes them. */
class FineTuningTest {
    private static final Path SAMPLE = Path.of("../src/sample");
    private static final LoraConfig LORA =
            new LoraConfig(2, 4, EnumSet.of(Projection.Q, Projection.V), 3).withDropout(0.1);

    @TempDir
    Path folder;

    private BaseModel model;
    private Path training;
    private Path heldOut;

    @BeforeEach
    void open() throws IOException {
        model = BaseModel.open(new ModelSource.Clear(SAMPLE.resolve("model")));
        training = head("train.jsonl", 6);
        heldOut = head("heldout.jsonl", 1);
    }

    @AfterEach
    void close() throws IOException {
        model.close();
    }

    private Path head(String name, int records) throws IOException {
        List<String> lines = Files.readAllLines(SAMPLE.resolve("data").resolve(name));
        return Files.write(folder.resolve(name), lines.subList(0, records));
    }

    private static TrainingConfig config(int optimizerSteps) {
        TrainingConfig usual = TrainingConfig.usual(LORA, 1e-2, Length.ofOptimizerSteps(optimizerSteps));
        return new TrainingConfig(
                LORA, usual.adamW(), 1, usual.schedule(), usual.length(), new Batching(256, 1), new Intervals(2, 0), 5);
    }

    private FineTuning tuning(TrainingConfig config) {
        return FineTuning.of(model).data(training).heldOut(heldOut).config(config);
    }

    private static List<Double> losses(Outcome outcome) {
        return outcome.steps().stream().map(StepFinished::loss).toList();
    }

    @Test
    void aFewLinesFineTuneAndLeaveAnAdapterAReportAndEverythingToGoOn() throws IOException {
        Outcome outcome = tuning(config(4)).run(folder.resolve("run"));
        assertThat(outcome.end()).isEqualTo(Outcome.End.COMPLETE);
        assertThat(outcome.steps()).hasSize(4);
        assertThat(outcome.heldOutLoss())
                .isLessThan(outcome.evaluations().getFirst().loss());
        assertThat(PeftFiles.readConfig(outcome.adapterFolder()).withSeed(3)).isEqualTo(LORA);
        assertThat(folder.resolve("run"))
                .isDirectoryContaining("glob:**/config.json")
                .isDirectoryContaining("glob:**/metrics.jsonl")
                .isDirectoryContaining("glob:**/checkpoints")
                .isDirectoryContaining("glob:**/report.html");
        assertThat(ProtocolJson.MAPPER
                        .readTree(
                                folder.resolve("run").resolve(ReportFiles.JSON).toFile())
                        .path("heldOutLossAfter")
                        .asDouble())
                .isEqualTo(outcome.heldOutLoss());
    }

    @Test
    void anInterruptedRunGoesOnFromItsFolderAloneWithTheSameLosses() throws IOException {
        Outcome whole = tuning(config(5)).run(folder.resolve("whole"));
        List<TrainingEvent> seen = new ArrayList<>();
        Path run = folder.resolve("parts");
        Outcome first = tuning(config(5))
                .listener(seen::add)
                .stopWhen(() -> seen.stream().anyMatch(event -> event instanceof StepFinished step && step.step() == 3))
                .run(run);
        assertThat(first.end()).isEqualTo(Outcome.End.INTERRUPTED);
        assertThat(first.adapterFolder()).isEqualTo(run.resolve("checkpoints/step-00000003"));
        assertThat(run.resolve("report.html")).content().contains("optimizer step");

        RunConfig saved = RunConfig.read(run);
        try (BaseModel again = BaseModel.open(saved.model())) {
            Outcome second = FineTuning.resume(again, saved).run(run);
            assertThat(second.end()).isEqualTo(Outcome.End.COMPLETE);
            assertThat(losses(second)).isEqualTo(losses(whole));
            assertThat(second.evaluations())
                    .extracting(Evaluated::loss)
                    .isEqualTo(whole.evaluations().stream().map(Evaluated::loss).toList());
        }
    }

    @Test
    void refusesAFolderWithAnotherRunBeforeAnythingInItChanges() throws IOException {
        Path run = folder.resolve("run");
        tuning(config(1)).run(run);
        String before = Files.readString(run.resolve("config.json"));
        TrainingConfig other = config(1).withLora(new LoraConfig(4, 4, LORA.targets(), 3));
        assertProblem(ProblemCode.INVALID_INPUT, () -> tuning(other).run(run))
                .contains("config.json is of another run", "lora.rank: the run has 2, got 4", "Remedy");
        Files.writeString(heldOut, Files.readString(training));
        assertProblem(ProblemCode.INVALID_INPUT, () -> tuning(config(1)).run(run))
                .contains("held-out data: the run has digest");
        assertThat(run.resolve("config.json")).hasContent(before);
    }

    @Test
    void settingsThatAreRefusedLeaveTheFolderAsItWasSoThatBetterOnesCanFollow() throws IOException {
        Path run = folder.resolve("run");
        TrainingConfig longWarmUp = config(2).withSchedule(new TrainingConfig.Schedule(Decay.COSINE, 1e-2, 3));
        assertProblem(ProblemCode.INVALID_INPUT, () -> tuning(longWarmUp).run(run))
                .contains("warm-up steps: got 3, expected at most the run's 2");
        assertThat(run).doesNotExist();

        FineTuning withoutHeldOut = FineTuning.of(model).data(training).config(config(2));
        withoutHeldOut.run(run);
        RunConfig before = RunConfig.read(run);
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> FineTuning.resume(model, before).config(config(1)).run(run))
                .contains("the run has done 2 optimizer steps, got a length of 1");
        assertProblem(ProblemCode.INVALID_INPUT, () -> FineTuning.resume(model, before)
                        .config(config(2).withLength(new Length(2, 0, 3)))
                        .run(run))
                .contains("early stop: got no held-out data");
        assertThat(RunConfig.read(run)).isEqualTo(before);
        assertThat(FineTuning.resume(model, RunConfig.read(run)).run(run).end()).isEqualTo(Outcome.End.COMPLETE);
    }

    @Test
    void recordsThatAreCutOrSkippedAsTooLongAreReported() throws IOException {
        String tooLong = "{\"prompt\": \"\", \"completion\": \"%s\"}%n".formatted("a note ".repeat(300));
        Files.writeString(training, tooLong, StandardOpenOption.APPEND);
        List<TrainingEvent> events = new ArrayList<>();
        FineTuning.of(model)
                .data(new DataSelection(DataSource.of(training), null, 0, TooLong.SKIP))
                .listener(events::add)
                .config(config(1))
                .run(folder.resolve("run"));
        assertThat(events).startsWith(new TrainingEvent.RecordsTooLong(0, 1));
    }

    @Test
    void mailThatIsLeftOutIsReported() throws IOException {
        List<TrainingEvent> events = new ArrayList<>();
        FineTuning.of(model)
                .data(SAMPLE.resolve("recipes/mail/archive.mbox"))
                .listener(events::add)
                .config(config(1))
                .run(folder.resolve("run"));
        assertThat(events).startsWith(new TrainingEvent.MailLeftOut(2));
    }

    @Test
    void continuesFromAnAdapterWithItsOwnRankAlphaTargetsAndDropout() throws IOException {
        Outcome first = tuning(config(4)).run(folder.resolve("first"));
        List<TrainingEvent> events = new ArrayList<>();
        Outcome second = FineTuning.of(model)
                .data(training)
                .heldOut(heldOut)
                .adapter(first.adapterFolder())
                .listener(events::add)
                .config(config(2).withLora(LORA))
                .run(folder.resolve("second"));
        assertThat(second.evaluations().getFirst().loss()).isEqualTo(first.heldOutLoss());
        assertThat(PeftFiles.readConfig(second.adapterFolder())).isEqualTo(PeftFiles.readConfig(first.adapterFolder()));
        assertThat(events).noneMatch(TrainingEvent.OtherBaseModelName.class::isInstance);

        Path run = folder.resolve("second");
        Outcome resumed = FineTuning.resume(model, RunConfig.read(run)).run(run);
        assertThat(losses(resumed)).isEqualTo(losses(second));
        assertProblem(ProblemCode.INVALID_INPUT, () -> tuning(config(2)).run(run))
                .contains("adapter: the run has digest", "got none");
    }

    @Test
    void refusesSettingsThatContradictTheAdapter() throws IOException {
        Path adapter = tuning(config(1)).run(folder.resolve("first")).adapterFolder();
        TrainingConfig other = config(1).withLora(new LoraConfig(8, 4, LORA.targets(), 3));
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> tuning(other).adapter(adapter).run(folder.resolve("second")))
                .contains("adapter_config.json: got rank 2", "the settings say rank 8", "[q_proj, v_proj]", "Remedy");
    }

    @Test
    void refusesAnAdapterForAnotherBaseModelAndNamesTheFile() throws URISyntaxException {
        Path foreign = Path.of(
                FineTuningTest.class.getResource("/reference/peft-adapter").toURI());
        assertProblem(ProblemCode.INVALID_INPUT, () -> FineTuning.of(model)
                        .data(training)
                        .adapter(foreign)
                        .run(folder.resolve("run")))
                .contains(
                        foreign.resolve("adapter_model.safetensors").toString(),
                        "got shape [2, 8]",
                        "use the base model that the adapter was trained on");
    }

    @Test
    void earlyStopEndsTheRunKeepsTheBestAdapterAndStaysStoppedWhenResumed() throws IOException {
        TrainingConfig hot = config(40).withSchedule(new TrainingConfig.Schedule(Decay.CONSTANT, 0.3, 0));
        TrainingConfig config = hot.withLength(hot.length().withPatience(2));
        Path run = folder.resolve("run");
        Outcome outcome = tuning(config).run(run);
        assertThat(outcome.end()).isEqualTo(Outcome.End.EARLY_STOP);

        List<Evaluated> evaluations = outcome.evaluations();
        Evaluated best = evaluations.get(evaluations.size() - 3);
        assertThat(evaluations).allMatch(other -> other.loss() >= best.loss());
        Path kept = run.resolve(BestAdapter.FOLDER);
        assertThat(ProtocolJson.MAPPER.readValue(kept.resolve("evaluation.json").toFile(), Evaluated.class))
                .isEqualTo(best);
        double again = FineTuning.of(model)
                .data(training)
                .heldOut(heldOut)
                .config(config(1))
                .adapter(kept)
                .run(folder.resolve("again"))
                .evaluations()
                .getFirst()
                .loss();
        assertThat(again).isEqualTo(best.loss());

        Outcome resumed = FineTuning.resume(model, RunConfig.read(run)).run(run);
        assertThat(resumed.end()).isEqualTo(Outcome.End.EARLY_STOP);
        assertThat(losses(resumed)).isEqualTo(losses(outcome));
    }

    @Test
    void theBestAdapterPutAsideByAKillWhileItWasReplacedIsBackWhenTheRunGoesOn() throws IOException {
        Path run = folder.resolve("run");
        tuning(config(2)).run(run);
        Path best = run.resolve(BestAdapter.FOLDER);
        Files.move(best, run.resolve(BestAdapter.FOLDER + ".replaced"));
        FineTuning.resume(model, RunConfig.read(run)).run(run);
        assertThat(best.resolve(PeftFiles.WEIGHTS)).exists();
    }

    @Test
    void theAdapterOfALongerRunTakesThePlaceOfTheOneBeforeAndIsNotWrittenOverIt() throws IOException {
        Path run = folder.resolve("run");
        Path weights = tuning(config(1)).run(run).adapterFolder().resolve(PeftFiles.WEIGHTS);
        byte[] before = Files.readAllBytes(weights);
        Path sameFile = Files.createLink(folder.resolve("link"), weights);
        FineTuning.resume(model, RunConfig.read(run)).config(config(2)).run(run);
        assertThat(sameFile).hasBinaryContent(before);
        assertThat(Files.readAllBytes(weights)).isNotEqualTo(before);
    }

    @Test
    void aRunFolderOfAnotherVersionADamagedOneAndNoneAreErrorsThatNameTheFile() throws IOException {
        Path run = folder.resolve("run");
        assertProblem(ProblemCode.INVALID_INPUT, () -> RunConfig.read(run))
                .contains(run.resolve("config.json") + " is missing", "Remedy");
        tuning(config(1)).run(run);
        Path file = run.resolve("config.json");
        String written = Files.readString(file);
        Files.writeString(file, written.replace("\"formatVersion\" : 2", "\"formatVersion\" : 7"));
        assertProblem(ProblemCode.UNSUPPORTED_VERSION, () -> RunConfig.read(run))
                .contains(file.toString(), "got format version 7, expected 2", "Remedy");
        assertProblem(ProblemCode.UNSUPPORTED_VERSION, () -> tuning(config(1)).run(run));
        for (String damaged : List.of(written.substring(0, 90), "{}", "[]", written.replace("\"COSINE\"", "\"?\""))) {
            Files.writeString(file, damaged);
            assertProblem(ProblemCode.INVALID_INPUT, () -> RunConfig.read(run))
                    .contains(file + " is damaged", "Remedy");
        }
    }

    @Test
    void theSavedSourceOfAProvidersModelComesBackAndHasNoPlaceForAKey() throws IOException {
        ModelSource source = new ModelSource.Provider(
                URI.create("http://127.0.0.1:8080"), "sample", Path.of("cache"), 1_000_000L, 15, Path.of("key"));
        String json = ProtocolJson.MAPPER.writeValueAsString(source);
        assertThat(json).contains("\"mode\":\"encrypted\"");
        assertThat(ProtocolJson.MAPPER.readValue(json, ModelSource.class)).isEqualTo(source);
    }
}
