package io.veilora.client.train;

import io.veilora.client.data.Dataset;
import io.veilora.client.data.Packer;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;

/** Measures a model on data that it is not trained on. */
public final class Evaluator {
    private final Iterable<PackedBatch> batches;

    public Evaluator(Dataset data, int tokensPerMicroBatch) {
        this.batches = Packer.pack(data.records(), tokensPerMicroBatch).batches();
    }

    /** @param loss cross-entropy per labelled token, in natural units */
    public record HeldOutLoss(double loss, long labelledTokens) {}

    /** Goes through all the data, forward only. */
    public HeldOutLoss evaluate(LlamaModel model) {
        double sum = 0;
        long labels = 0;
        for (PackedBatch batch : batches) {
            sum += model.loss(batch);
            labels += batch.labelCount();
        }
        return new HeldOutLoss(sum / labels, labels);
    }
}
