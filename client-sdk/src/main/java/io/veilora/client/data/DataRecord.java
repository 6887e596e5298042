package io.veilora.client.data;

/**
 * One record of training data: the prompt that the model will see and the completion that it shall learn.
 *
 * @param line line in its file, from 1
 */
public record DataRecord(int line, String prompt, String completion) implements Example {
    /** The line only: the texts are private. */
    @Override
    public String toString() {
        return "DataRecord[line " + line + "]";
    }
}
