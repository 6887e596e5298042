package io.veilora.client.train;

import io.veilora.client.data.BatchOrder;
import io.veilora.client.data.Packer;
import io.veilora.client.linear.StepTraffic;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.client.lora.Projection;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What a run will ask of the provider, computed from the model's shapes and the data alone, before anything is sent: the
 * very bytes that a run counts which meets no failure.
 *
 * @param optimizerSteps of the whole run
 * @param epochs passes over the data, the last one perhaps not whole
 * @param training remote steps of the optimizer steps
 * @param evaluation remote steps of all evaluations on the held-out data
 * @param demand both by kind of layer and direction
 */
public record RunEstimate(
        long optimizerSteps, double epochs, StepTraffic training, StepTraffic evaluation, StepDemand demand) {

    /** The estimate for an encrypted run; {@code data} may be without held-out records. */
    public static RunEstimate of(LlamaConfig model, TrainingConfig config, TrainingData data) {
        Counter counter = new Counter(model, config.lora().targets());
        int tokens = config.batching().tokensPerMicroBatch();
        BatchOrder order =
                new BatchOrder(data.training(), tokens, config.batching().gradientAccumulation(), config.seed());
        long optimizerSteps = config.length().epochs() > 0
                ? order.stepsBefore(config.length().epochs())
                : config.length().optimizerSteps();
        StepDemand training = StepDemand.NONE;
        for (long step = 0; step < optimizerSteps; step++) {
            training = training.plus(counter.of(order.microBatches(step), counter::forwardAndBackward));
        }
        StepDemand evaluation = StepDemand.NONE;
        if (data.heldOut() != null) {
            List<PackedBatch> batches =
                    Packer.pack(data.heldOut().records(), tokens).batches();
            evaluation = counter.of(batches, counter::forward)
                    .times(evaluations(optimizerSteps, config.intervals().evaluation()));
        }
        return new RunEstimate(
                optimizerSteps,
                epochs(order, optimizerSteps),
                training.traffic(model),
                evaluation.traffic(model),
                training.plus(evaluation));
    }

    /** Before the first optimizer step, after the last, and every {@code interval} between. */
    private static long evaluations(long optimizerSteps, int interval) {
        boolean lastIsDueAnyway = interval > 0 && optimizerSteps % interval == 0;
        return 1 + (interval > 0 ? optimizerSteps / interval : 0) + (lastIsDueAnyway ? 0 : 1);
    }

    private static double epochs(BatchOrder order, long optimizerSteps) {
        int epoch = order.epochOf(optimizerSteps - 1);
        long first = order.stepsBefore(epoch);
        return epoch + (double) (optimizerSteps - first) / (order.stepsBefore(epoch + 1) - first);
    }

    /** Training and evaluation together. */
    public StepTraffic total() {
        return training.plus(evaluation);
    }

    /** Adds up the products that {@link LlamaModel} makes. */
    private static final class Counter {
        private final LlamaConfig model;
        private final Set<Projection> adapted;

        Counter(LlamaConfig model, Set<Projection> adapted) {
            this.model = model;
            this.adapted = adapted;
        }

        StepDemand of(List<PackedBatch> batches, Function<PackedBatch, StepDemand> pass) {
            return batches.stream().map(pass).reduce(StepDemand.NONE, StepDemand::plus);
        }

        StepDemand forward(PackedBatch batch) {
            if (batch.labelCount() == 0) {
                return StepDemand.NONE;
            }
            StepDemand all = head(batch, Direction.FORWARD);
            for (LayerId layer : LayerId.all(model)) {
                if (layer.kind() != LayerKind.LM_HEAD) {
                    all = all.plus(StepDemand.product(layer.kind(), Direction.FORWARD, batch.tokenCount()));
                }
            }
            return all;
        }

        StepDemand forwardAndBackward(PackedBatch batch) {
            StepDemand all = forward(batch);
            if (batch.labelCount() == 0) {
                return all;
            }
            all = all.plus(head(batch, Direction.BACKWARD));
            for (LayerId layer : LayerId.all(model)) {
                if (layer.kind() != LayerKind.LM_HEAD && AdaptedLinear.needsInputGradient(layer, adapted)) {
                    all = all.plus(StepDemand.product(layer.kind(), Direction.BACKWARD, batch.tokenCount()));
                }
            }
            return all;
        }

        private StepDemand head(PackedBatch batch, Direction direction) {
            StepDemand all = StepDemand.NONE;
            int most = LlamaModel.headRowsAtOnce(model);
            for (int rows = batch.labelCount(); rows > 0; rows -= most) {
                all = all.plus(StepDemand.product(LayerKind.LM_HEAD, direction, Math.min(rows, most)));
            }
            return all;
        }
    }
}
