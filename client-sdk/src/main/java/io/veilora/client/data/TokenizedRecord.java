package io.veilora.client.data;

import io.veilora.client.llama.PackedBatch;
import java.util.OptionalInt;

/**
 * A record as the model sees it: {@code bos prompt completion eos} without its last token, and for each position the
 * token to predict there, {@link PackedBatch#IGNORE} over the prompt. Prompt and completion are tokenized apart, as they
 * are when a text is generated, so that no token straddles the border.
 *
 * @param line line in its file, from 1
 * @param tokens (n)
 * @param labels (n); {@code labels[i]} is the token after {@code tokens[i]}, or IGNORE
 */
public record TokenizedRecord(int line, int[] tokens, int[] labels) {

    /** @param bos empty for a model without a begin-of-text token */
    static TokenizedRecord of(int line, OptionalInt bos, int[] prompt, int[] completion, int eos) {
        int promptTokens = prompt.length + (bos.isPresent() ? 1 : 0);
        int[] whole = new int[promptTokens + completion.length + 1];
        bos.ifPresent(id -> whole[0] = id);
        System.arraycopy(prompt, 0, whole, promptTokens - prompt.length, prompt.length);
        System.arraycopy(completion, 0, whole, promptTokens, completion.length);
        whole[whole.length - 1] = eos;

        int[] tokens = new int[whole.length - 1];
        int[] labels = new int[whole.length - 1];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = whole[i];
            labels[i] = i + 1 < promptTokens ? PackedBatch.IGNORE : whole[i + 1];
        }
        return new TokenizedRecord(line, tokens, labels);
    }

    /** n. */
    public int tokenCount() {
        return tokens.length;
    }

    /** The line and the size: the tokens are private. */
    @Override
    public String toString() {
        return "TokenizedRecord[line " + line + ", " + tokens.length + " tokens]";
    }
}
