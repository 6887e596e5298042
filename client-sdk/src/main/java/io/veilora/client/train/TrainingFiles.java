package io.veilora.client.train;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.veilora.client.data.Dataset;
import io.veilora.client.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The files that a run reads.
 *
 * @param training records to train on
 * @param heldOut records to measure on; null for none
 */
public record TrainingFiles(
        @JsonSerialize(using = ToStringSerializer.class) Path training,
        @JsonSerialize(using = ToStringSerializer.class) Path heldOut) {

    public TrainingFiles {
        training = training.toAbsolutePath().normalize();
        heldOut = heldOut == null ? null : heldOut.toAbsolutePath().normalize();
    }

    /**
     * Reads and tokenizes.
     *
     * @param maxTokens most tokens that a record may have: the smaller of the model's context and a micro-batch
     * @throws io.veilora.protocol.problem.PermanentException INVALID_INPUT naming the file and the first bad line
     */
    public TrainingData read(Tokenizer tokenizer, int maxTokens) throws IOException {
        return new TrainingData(
                Dataset.read(training, tokenizer, maxTokens),
                heldOut == null ? null : Dataset.read(heldOut, tokenizer, maxTokens));
    }
}
