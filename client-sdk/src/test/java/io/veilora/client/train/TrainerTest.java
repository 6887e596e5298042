package io.veilora.client.train;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.optim.LearningRateSchedule;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.client.train.TrainingEvent.CheckpointSaved;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.Started;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final int STEPS = 13;

    @TempDir
    Path folder;

    private ToyRun run(String name, TrainingConfig config) {
        return new ToyRun(folder.resolve(name), config);
    }

    private static <E> List<E> all(Class<E> type, ToyRun run) {
        return run.events().stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    void lossAndHeldOutLossFall() throws IOException {
        ToyRun run = run("a", ToyRun.config(120));
        run.train();
        List<StepFinished> steps = all(StepFinished.class, run);
        assertThat(steps.getLast().loss()).isLessThan(0.5 * steps.getFirst().loss());
        List<Evaluated> evaluations = all(Evaluated.class, run);
        assertThat(evaluations.getLast().loss())
                .isLessThan(0.6 * evaluations.getFirst().loss());
    }

    @Test
    void tellsItsListenerWhatHappensInOrder() throws IOException {
        ToyRun run = run("a", ToyRun.config(7));
        run.train();
        assertThat(all(Started.class, run)).hasSize(1).first().satisfies(started -> {
            assertThat(started.optimizerStepsDone()).isZero();
            assertThat(started.optimizerSteps()).isEqualTo(7);
            assertThat(started.blockFill()).isBetween(0.01, 0.25); // sequences of a few tokens in blocks of 256
        });
        assertThat(all(StepFinished.class, run).stream().map(StepFinished::step))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(all(Evaluated.class, run).stream().map(Evaluated::step)).containsExactly(0L, 5L, 7L);
        assertThat(all(CheckpointSaved.class, run).stream().map(CheckpointSaved::step))
                .containsExactly(3L, 6L, 7L);
        StepFinished first = all(StepFinished.class, run).getFirst();
        assertThat(first.learningRate()).isEqualTo(0.005); // half way up the warm-up
        assertThat(first.tokens()).isBetween(33L, 64L);
        assertThat(first.labelledTokens()).isLessThan(first.tokens());
        assertThat(first.gradientNorm()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 6, 8, 11, 12, 13})
    void aRunInterruptedAfterAnyStepAndResumedHasTheSameCurveAndAdapterBitForBit(int lastStep) throws IOException {
        ToyRun whole = run("whole", ToyRun.config(STEPS));
        whole.train();

        Path parts = folder.resolve("parts");
        ToyRun first = new ToyRun(parts, ToyRun.config(STEPS));
        assertThatThrownBy(() -> first.train(event -> {
                    if (event instanceof StepFinished step && step.step() == lastStep
                            || event instanceof Started && lastStep == 0) {
                        throw new IllegalStateException("interrupted");
                    }
                }))
                .hasMessage("interrupted");
        ToyRun second = new ToyRun(parts, ToyRun.config(STEPS));
        second.train();

        assertThat(all(Started.class, second).getFirst().optimizerStepsDone())
                .isEqualTo(Math.max(0, (lastStep - 1) / 3 * 3)); // checkpoints are written after step 3, 6, 9, …
        assertThat(second.curve()).isEqualTo(whole.curve());
        List<TrainedTensor> expected = whole.adapter().parameters();
        List<TrainedTensor> got = second.adapter().parameters();
        for (int i = 0; i < expected.size(); i++) {
            assertThat(got.get(i).value()).isEqualTo(expected.get(i).value());
        }
    }

    @Test
    void aFinishedRunStaysAsItIs() throws IOException {
        ToyRun run = run("a", ToyRun.config(4));
        Checkpoint last = run.train();
        List<TrainingEvent> curve = run.curve();
        ToyRun again = run("a", ToyRun.config(4));
        assertThat(again.train()).isEqualTo(last);
        assertThat(again.curve()).isEqualTo(curve);
    }

    @Test
    void twoHalvesAccumulatedEqualOneWhole() throws IOException {
        TrainingConfig.Intervals none = new TrainingConfig.Intervals(0, 0);
        // 43 records of 192 tokens: one micro-batch of all, or several of a part, in one optimizer step
        ToyRun one = run("one", ToyRun.config(6, new TrainingConfig.Batching(256, 1), none));
        ToyRun two = run("two", ToyRun.config(6, new TrainingConfig.Batching(100, 2), none));
        one.train();
        two.train();
        List<StepFinished> whole = all(StepFinished.class, one);
        List<StepFinished> halves = all(StepFinished.class, two);
        for (int i = 0; i < whole.size(); i++) {
            assertThat(halves.get(i).labelledTokens()).isEqualTo(whole.get(i).labelledTokens());
            assertThat(halves.get(i).loss() / whole.get(i).loss()).isCloseTo(1, within(1e-4));
            assertThat(halves.get(i).gradientNorm() / whole.get(i).gradientNorm())
                    .isCloseTo(1, within(1e-3));
        }
    }

    @Test
    void theLoggedLossIsTheMeanOverLabelledTokensBeforeTheUpdate() throws IOException {
        TrainingConfig config =
                ToyRun.config(1, new TrainingConfig.Batching(256, 1), new TrainingConfig.Intervals(0, 0));
        ToyRun run = run("a", config);
        double expected = new Evaluator(ToyRun.data().training(), 64)
                .evaluate(run.toy().model(run.adapter()))
                .loss();
        run.train();
        assertThat(all(StepFinished.class, run).getFirst().loss()).isCloseTo(expected, within(1e-5));
    }

    @Test
    void epochsGiveTheNumberOfOptimizerSteps() throws IOException {
        TrainingConfig steps =
                ToyRun.config(1, new TrainingConfig.Batching(256, 1), new TrainingConfig.Intervals(0, 0));
        TrainingConfig epochs = new TrainingConfig(
                steps.lora(),
                steps.adamW(),
                0,
                steps.schedule(),
                TrainingConfig.Length.ofEpochs(4),
                steps.batching(),
                steps.intervals(),
                steps.seed());
        ToyRun run = run("a", epochs);
        run.train();
        assertThat(all(StepFinished.class, run)).hasSize(4);
    }

    /** Frozen layers of which one gives NaN from a certain call on. */
    private static FrozenLinear spoiledAfter(FrozenLinear layer, int calls) {
        return new FrozenLinear() {
            private int made;

            @Override
            public int inputFeatures() {
                return layer.inputFeatures();
            }

            @Override
            public int outputFeatures() {
                return layer.outputFeatures();
            }

            @Override
            public void forward(float[] x, int tokens, float[] y) {
                layer.forward(x, tokens, y);
                if (made++ >= calls) {
                    y[3] = Float.NaN;
                }
            }

            @Override
            public void backward(float[] dy, int tokens, float[] dx) {
                layer.backward(dy, tokens, dx);
            }
        };
    }

    @Test
    void aLossThatIsNotFiniteStopsTheRunNamesTheStepAndKeepsTheLastCheckpoint() throws IOException {
        TrainingConfig config =
                ToyRun.config(9, new TrainingConfig.Batching(256, 1), new TrainingConfig.Intervals(0, 3));
        ToyRun run = run("a", config);
        LayerId spoiled = LayerId.parse("blocks.1.down");
        // One micro-batch a step after one of the evaluation: call 6 is step 6.
        FrozenLinear layer = spoiledAfter(run.toy().layers().get(spoiled), 6);
        run.over(id -> id.equals(spoiled) ? layer : run.toy().layers().get(id));
        assertProblem(ProblemCode.NOT_FINITE, run::train).contains("optimizer step 6 of 9", "checkpoints");
        assertThat(run.checkpoints().find().newest().optimizerStep()).isEqualTo(3);
        assertThat(run.metrics().steps()).hasSize(5);
    }

    private static TrainingConfig withLength(TrainingConfig config, int optimizerSteps) {
        return config.withLength(TrainingConfig.Length.ofOptimizerSteps(optimizerSteps));
    }

    @Test
    void withDropoutAResumedRunHasTheCurveOfOneThatWasNotInterrupted() throws IOException {
        TrainingConfig config = ToyRun.config(12).withLora(ToyRun.LORA.withDropout(0.2));
        ToyRun whole = run("whole", config);
        whole.train();
        ToyRun first = run("parts", config);
        assertThatThrownBy(() -> first.train(event -> {
                    if (event instanceof StepFinished step && step.step() == 8) {
                        throw new IllegalStateException("interrupted");
                    }
                }))
                .hasMessage("interrupted");
        ToyRun second = run("parts", config);
        second.train();
        assertThat(second.curve()).isEqualTo(whole.curve());
        ToyRun without = run("without", ToyRun.config(12));
        without.train();
        assertThat(all(StepFinished.class, without).getLast().loss())
                .isNotEqualTo(all(StepFinished.class, whole).getLast().loss());
    }

    @Test
    void aFinishedRunGoesOnToAGreaterLengthWithTheScheduleOfThatLength() throws IOException {
        run("a", ToyRun.config(6)).train();
        ToyRun longer = run("a", withLength(ToyRun.config(6), 9));
        longer.train();
        List<StepFinished> steps = longer.metrics().steps();
        assertThat(steps).extracting(StepFinished::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        LearningRateSchedule ofNine = longer.config().schedule().over(9);
        for (StepFinished step : steps.subList(6, 9)) {
            assertThat(step.learningRate()).isEqualTo(ofNine.at(step.step() - 1));
        }
    }

    @Test
    void refusesALengthShorterThanWhatIsDone() throws IOException {
        run("a", ToyRun.config(6)).train();
        assertProblem(ProblemCode.INVALID_INPUT, () -> run("a", withLength(ToyRun.config(6), 4))
                        .train())
                .contains("has done 6 optimizer steps, got a length of 4", "Remedy");
    }

    @Test
    void intervalsMayChangeBetweenTheParts() throws IOException {
        run("a", ToyRun.config(6)).train();
        TrainingConfig other = withLength(ToyRun.config(6), 8).withIntervals(new TrainingConfig.Intervals(1, 0));
        ToyRun again = run("a", other);
        again.train();
        assertThat(again.metrics().evaluations())
                .extracting(TrainingEvent.Evaluated::step)
                .containsExactly(0L, 5L, 6L, 7L, 8L);
    }

    @Test
    void earlyStopNeedsHeldOutDataAndAnInterval() {
        assertProblem(ProblemCode.INVALID_INPUT, () -> ToyRun.config(6)
                        .withLengthAndIntervals(
                                TrainingConfig.Length.ofEpochs(2).withPatience(1), new TrainingConfig.Intervals(0, 1)))
                .contains("early stop", "no evaluation interval");
        ToyRun run = run("a", ToyRun.config(6));
        TrainingConfig config = ToyRun.config(6)
                .withLength(TrainingConfig.Length.ofOptimizerSteps(6).withPatience(2));
        TrainingData noHeldOut = new TrainingData(ToyRun.data().training(), null);
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> new Trainer(
                                config, noHeldOut, run.toy().model(run.adapter()), run.adapter(), run.checkpoints()))
                .contains("early stop: got no held-out data");
    }
}
