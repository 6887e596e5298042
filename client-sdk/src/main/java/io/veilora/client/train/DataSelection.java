package io.veilora.client.train;

import io.veilora.client.data.DataSource;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.DatasetReader;
import io.veilora.client.data.HeldOutSplit;
import io.veilora.client.data.ReadData;
import io.veilora.client.data.TooLong;
import io.veilora.client.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;

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

    /** Files whose names say their formats; {@code heldOut} may be null. */
    public static DataSelection of(Path training, Path heldOut) {
        return new DataSelection(
                DataSource.of(training), heldOut == null ? null : DataSource.of(heldOut), 0, TooLong.FAIL);
    }

    /** The data, as {@link #select} reads it. */
    public TrainingData read(Tokenizer tokenizer, int maxTokens) throws IOException {
        return select(tokenizer, maxTokens).data();
    }

    /**
     * Reads and tokenizes.
     *
     * @param maxTokens most tokens that a record may have: the smaller of the model's context and a micro-batch
     * @throws io.veilora.protocol.problem.PermanentException INVALID_INPUT naming the file and the first bad line
     */
    public Selected select(Tokenizer tokenizer, int maxTokens) throws IOException {
        ReadData read = reader(tokenizer, maxTokens).read(training);
        if (heldOutFraction != 0) {
            HeldOutSplit split = HeldOutSplit.of(read.dataset(), heldOutFraction);
            return new Selected(new TrainingData(split.training(), split.heldOut()), read);
        }
        Dataset evaluated = heldOut == null
                ? null
                : reader(tokenizer, maxTokens).read(heldOut).dataset();
        return new Selected(new TrainingData(read.dataset(), evaluated), read);
    }

    private DatasetReader reader(Tokenizer tokenizer, int maxTokens) {
        return new DatasetReader(tokenizer, maxTokens, tooLong, DatasetReader.TRAINING_DATE);
    }
}
