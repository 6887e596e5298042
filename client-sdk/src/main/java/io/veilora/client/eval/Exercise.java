package io.veilora.client.eval;

import io.veilora.client.data.TokenizedRecord;
import io.veilora.client.llama.PackedBatch;
import java.util.Arrays;

/**
 * A record as something to answer: everything before its last completion is the prompt.
 *
 * @param line line in its file, from 1
 * @param prompt token ids, begin-of-text included, at least one
 * @param answer token ids that should follow, end-of-text included
 */
record Exercise(int line, int[] prompt, int[] answer) {

    /** Of a conversation with several answers the last one is asked for; records without any label have none. */
    static Exercise of(TokenizedRecord record) {
        int[] labels = record.labels();
        int end = labels.length;
        while (end > 0 && labels[end - 1] == PackedBatch.IGNORE) {
            end--;
        }
        int start = end;
        while (start > 0 && labels[start - 1] != PackedBatch.IGNORE) {
            start--;
        }
        return new Exercise(
                record.line(),
                Arrays.copyOf(record.tokens(), Math.min(start + 1, labels.length)),
                Arrays.copyOfRange(labels, start, end));
    }

    /** The line and the sizes: the tokens are private. */
    @Override
    public String toString() {
        return "Exercise[line " + line + ", " + prompt.length + " and " + answer.length + " tokens]";
    }
}
