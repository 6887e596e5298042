package io.veilora.client.train;

import io.veilora.client.data.DataSource;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.DatasetReader;
import io.veilora.client.data.HeldOutSplit;
import io.veilora.client.data.ReadData;
import io.veilora.client.data.TooLong;
import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.model.LlamaConfig;
import java.io.IOException;

/**
 * What to train on and what to hold out.
 *
 * @param heldOut a source of its own, or null
 * @param heldOutFraction share of the training source to hold out instead; 0 for none
 */
public record DataSelection(DataSource training, DataSource heldOut, double heldOutFraction, TooLong tooLong) {

    /**
     * The data as read, and how.
     *
     * @param training what was read for training, held-out records not yet taken out
     */
    public record Selected(TrainingData data, ReadData training) {}

    /**
     * Reads and tokenizes.
     *
     * @throws io.veilora.protocol.problem.PermanentException INVALID_INPUT naming the file and the first bad line
     */
    public Selected read(LlamaConfig model, Tokenizer tokenizer, int tokensPerMicroBatch) throws IOException {
        int longest = Math.min(model.contextLength(), tokensPerMicroBatch);
        ReadData read = reader(tokenizer, longest).read(training);
        if (heldOutFraction != 0) {
            HeldOutSplit split = HeldOutSplit.of(read.dataset(), heldOutFraction);
            return new Selected(new TrainingData(split.training(), split.heldOut()), read);
        }
        Dataset evaluated = heldOut == null
                ? null
                : reader(tokenizer, longest).read(heldOut).dataset();
        return new Selected(new TrainingData(read.dataset(), evaluated), read);
    }

    private DatasetReader reader(Tokenizer tokenizer, int longest) {
        return new DatasetReader(tokenizer, longest, tooLong, DatasetReader.TRAINING_DATE);
    }
}
