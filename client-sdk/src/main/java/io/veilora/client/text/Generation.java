package io.veilora.client.text;

/**
 * A generated text.
 *
 * @param text without the prompt and without the stop string
 * @param promptTokens tokens of the prompt, begin-of-text included
 * @param newTokens tokens generated, end-of-text included
 * @param end why it ended
 */
public record Generation(String text, int promptTokens, int newTokens, End end) {

    /** Why a text ended. */
    public enum End {
        /** The model said so. */
        END_OF_TEXT,
        /** A stop string appeared. */
        STOP_STRING,
        /** As many tokens as were asked for. */
        LENGTH,
        /** The model's context is full. */
        CONTEXT
    }

    /** Without the text, which is private. */
    @Override
    public String toString() {
        return "Generation[promptTokens=" + promptTokens + ", newTokens=" + newTokens + ", end=" + end + "]";
    }
}
