package io.veilora.client.train;

import io.veilora.client.data.BatchOrder;
import io.veilora.client.data.Packer;
import io.veilora.client.linear.StepTraffic;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.client.lora.Projection;
import io.veilora.protocol.lattice.LatticeParameters;
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
 */
public record RunEstimate(long optimizerSteps, double epochs, StepTraffic training, StepTraffic evaluation) {

    /** The estimate for an encrypted run; {@code data} may be without held-out records. */
    public static RunEstimate of(LlamaConfig model, TrainingConfig config, TrainingData data) {
        Counter counter = new Counter(model, config.lora().targets());
        int tokens = config.batching().tokensPerMicroBatch();
        BatchOrder order =
                new BatchOrder(data.training(), tokens, config.batching().gradientAccumulation(), config.seed());
        long optimizerSteps = config.length().epochs() > 0
                ? order.stepsBefore(config.length().epochs())
                : config.length().optimizerSteps();
        StepTraffic training = StepTraffic.NONE;
        for (long step = 0; step < optimizerSteps; step++) {
            training = training.plus(counter.of(order.microBatches(step), counter::forwardAndBackward));
        }
        StepTraffic evaluation = StepTraffic.NONE;
        if (data.heldOut() != null) {
            List<PackedBatch> batches =
                    Packer.pack(data.heldOut().records(), tokens).batches();
            evaluation = counter.of(batches, counter::forward)
                    .times(evaluations(optimizerSteps, config.intervals().evaluation()));
        }
        return new RunEstimate(optimizerSteps, epochs(order, optimizerSteps), training, evaluation);
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
        private static final LatticeParameters PARAMETERS = LatticeParameters.MLWE_256x5;

        private final LlamaConfig model;
        private final Set<Projection> adapted;

        Counter(LlamaConfig model, Set<Projection> adapted) {
            this.model = model;
            this.adapted = adapted;
        }

        StepTraffic of(List<PackedBatch> batches, Function<PackedBatch, StepTraffic> pass) {
            return batches.stream().map(pass).reduce(StepTraffic.NONE, StepTraffic::plus);
        }

        StepTraffic forward(PackedBatch batch) {
            if (batch.labelCount() == 0) {
                return StepTraffic.NONE;
            }
            StepTraffic all = head(batch, true);
            for (LayerId layer : LayerId.all(model)) {
                if (layer.kind() != LayerKind.LM_HEAD) {
                    all = all.plus(product(layer.kind(), true, batch.tokenCount()));
                }
            }
            return all;
        }

        StepTraffic forwardAndBackward(PackedBatch batch) {
            StepTraffic all = forward(batch);
            if (batch.labelCount() == 0) {
                return all;
            }
            all = all.plus(head(batch, false));
            for (LayerId layer : LayerId.all(model)) {
                if (layer.kind() != LayerKind.LM_HEAD && AdaptedLinear.needsInputGradient(layer, adapted)) {
                    all = all.plus(product(layer.kind(), false, batch.tokenCount()));
                }
            }
            return all;
        }

        private StepTraffic head(PackedBatch batch, boolean forward) {
            StepTraffic all = StepTraffic.NONE;
            int most = LlamaModel.headRowsAtOnce(model);
            for (int rows = batch.labelCount(); rows > 0; rows -= most) {
                all = all.plus(product(LayerKind.LM_HEAD, forward, Math.min(rows, most)));
            }
            return all;
        }

        private StepTraffic product(LayerKind kind, boolean forward, int tokens) {
            int inputs = kind.inputFeatures(model);
            int outputs = kind.outputFeatures(model);
            return StepTraffic.of(PARAMETERS, forward ? inputs : outputs, forward ? outputs : inputs, tokens);
        }
    }
}
