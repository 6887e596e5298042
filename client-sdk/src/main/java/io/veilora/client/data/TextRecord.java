package io.veilora.client.data;

/**
 * A text of which every token is learnt, cut into pieces of the context's length.
 *
 * @param line line in its file, from 1
 */
public record TextRecord(int line, String text) implements Example {
    /** The line only: the text is private. */
    @Override
    public String toString() {
        return "TextRecord[line " + line + "]";
    }
}
