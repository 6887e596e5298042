package io.veilora.client.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.PlainLoopProvider;
import io.veilora.client.ToyModel;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.TokenizedRecord;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.linear.StepTraffic;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.LearningRateSchedule.Decay;
import io.veilora.client.transport.StepTransport;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEstimateTest {
    @TempDir
    Path folder;

    /** Records of 20 to 60 tokens, about half of them labelled. */
    private static Dataset records(int count) {
        Random random = new Random(count);
        List<TokenizedRecord> records = IntStream.range(0, count)
                .mapToObj(i -> {
                    int length = 20 + random.nextInt(40);
                    int[] tokens = IntStream.range(0, length)
                            .map(t -> random.nextInt(53))
                            .toArray();
                    int[] labels = IntStream.range(0, length)
                            .map(t -> t < length / 2 ? -100 : random.nextInt(53))
                            .toArray();
                    return new TokenizedRecord(i + 1, tokens, labels);
                })
                .toList();
        return new Dataset(records);
    }

    private static TrainingConfig config(Set<Projection> targets, TrainingConfig.Length length, int evaluation) {
        return new TrainingConfig(
                new LoraConfig(2, 4, targets, 7),
                AdamW.Settings.usual(),
                1.0,
                new TrainingConfig.Schedule(Decay.COSINE, 0.01, 1),
                length,
                new TrainingConfig.Batching(300, 2),
                new TrainingConfig.Intervals(evaluation, 0),
                11);
    }

    /** What a real encrypted run counted, in its optimizer steps and in its evaluations. */
    private record Counted(StepTraffic training, StepTraffic evaluation) {
        static Counted of(List<TrainingEvent> events) {
            StepTraffic training = StepTraffic.NONE;
            StepTraffic evaluation = StepTraffic.NONE;
            for (TrainingEvent event : events) {
                switch (event) {
                    case TrainingEvent.StepFinished step -> training = training.plus(traffic(step.costs()));
                    case TrainingEvent.Evaluated evaluated -> evaluation = evaluation.plus(traffic(evaluated.costs()));
                    default -> {}
                }
            }
            return new Counted(training, evaluation);
        }

        private static StepTraffic traffic(StepCosts.Totals costs) {
            return new StepTraffic(costs.steps(), costs.bytesUp(), costs.bytesDown());
        }
    }

    private Counted counted(TrainingConfig config, TrainingData data) throws IOException {
        OpenModel model = OpenModel.random(ToyModel.random(53, 64).config(), 5);
        StepTransport transport = request -> {
            EncryptedTensor answer = PlainLoopProvider.multiply(
                    model.weights().get(request.layer()),
                    request.direction(),
                    EncryptedTensor.read(MemorySegment.ofArray(request.wire())),
                    request.answerBits());
            long bytes = answer.payload().byteSize() + EncryptedTensor.HEADER_BYTES;
            return CompletableFuture.completedFuture(new StepAnswer(answer, bytes, new StepTiming(1, 2, 3, 4), 5));
        };
        EncryptedLayers layers = new EncryptedLayers(model.manifest(), model, transport);
        ToyRun run = new ToyRun(folder, config).over(layers);
        run.train(data, layers.costs()::totals);
        return Counted.of(run.events());
    }

    private void assertExact(TrainingConfig config, TrainingData data) throws IOException {
        RunEstimate estimate = RunEstimate.of(ToyModel.random(53, 64).config(), config, data);
        Counted counted = counted(config, data);
        assertThat(counted.training()).isEqualTo(estimate.training());
        assertThat(counted.evaluation()).isEqualTo(estimate.evaluation());
    }

    @Test
    void theBytesAreExactlyThoseThatAnEncryptedRunCounts() throws IOException {
        TrainingConfig config = config(EnumSet.allOf(Projection.class), TrainingConfig.Length.ofOptimizerSteps(3), 2);
        assertExact(config, new TrainingData(records(40), records(9)));
    }

    @Test
    void layersBelowTheFirstAdaptedOneAreNotAskedForGradients() throws IOException {
        TrainingConfig config = config(EnumSet.of(Projection.DOWN), TrainingConfig.Length.ofEpochs(1), 0);
        assertExact(config, new TrainingData(records(25), null));
    }

    @Test
    void epochsAndOptimizerStepsFollowFromEachOther() {
        Dataset data = records(40); // about 1600 tokens: six micro-batches or so, two a step
        TrainingConfig two = config(EnumSet.allOf(Projection.class), TrainingConfig.Length.ofEpochs(2), 0);
        RunEstimate epochs = RunEstimate.of(ToyModel.random(53, 64).config(), two, new TrainingData(data, null));
        assertThat(epochs.epochs()).isEqualTo(2.0);
        TrainingConfig half = config(
                EnumSet.allOf(Projection.class),
                TrainingConfig.Length.ofOptimizerSteps((int) epochs.optimizerSteps() / 4),
                0);
        assertThat(RunEstimate.of(ToyModel.random(53, 64).config(), half, new TrainingData(data, null))
                        .epochs())
                .isStrictlyBetween(0.0, 1.0);
        assertThat(epochs.evaluation().steps()).isZero();
    }
}
