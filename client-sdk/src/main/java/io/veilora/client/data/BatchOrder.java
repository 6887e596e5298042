package io.veilora.client.data;

import io.veilora.client.llama.PackedBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Which micro-batches an optimizer step sees: a pure function of the data, the seed and the step's number. Every epoch
 * sees every record once; its last optimizer step may have fewer micro-batches than the others. Not safe for use by
 * several threads.
 */
public final class BatchOrder {
    private final Dataset data;
    private final int tokensPerMicroBatch;
    private final int microBatchesPerStep;
    private final long seed;
    private final List<Long> firstSteps = new ArrayList<>(List.of(0L)); // of each epoch known so far, and of the next
    private int packedEpoch = -1;
    private Packing packed;

    public BatchOrder(Dataset data, int tokensPerMicroBatch, int microBatchesPerStep, long seed) {
        this.data = data;
        this.tokensPerMicroBatch = tokensPerMicroBatch;
        this.microBatchesPerStep = microBatchesPerStep;
        this.seed = seed;
    }

    /** The micro-batches of an optimizer step counted from 0; at least one. */
    public List<PackedBatch> microBatches(long optimizerStep) {
        int epoch = epochOf(optimizerStep);
        List<PackedBatch> batches = epoch(epoch).batches();
        int from = (int) (optimizerStep - firstSteps.get(epoch)) * microBatchesPerStep;
        return batches.subList(from, Math.min(batches.size(), from + microBatchesPerStep));
    }

    /** The epoch, from 0, that an optimizer step belongs to. */
    public int epochOf(long optimizerStep) {
        int epoch = 0;
        while (stepsBefore(epoch + 1) <= optimizerStep) {
            epoch++;
        }
        return epoch;
    }

    /** Optimizer steps of the first {@code epochs} epochs. */
    public long stepsBefore(int epochs) {
        while (firstSteps.size() <= epochs) {
            int batches = epoch(firstSteps.size() - 1).batches().size();
            firstSteps.add(firstSteps.getLast() + Math.ceilDiv(batches, microBatchesPerStep));
        }
        return firstSteps.get(epochs);
    }

    /** The records of an epoch, shuffled and packed. */
    public Packing epoch(int epoch) {
        if (epoch != packedEpoch) {
            packed = Packer.pack(EpochOrder.shuffle(data.records(), seed, epoch), tokensPerMicroBatch);
            packedEpoch = epoch;
        }
        return packed;
    }
}
