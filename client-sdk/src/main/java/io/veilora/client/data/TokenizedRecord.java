package io.veilora.client.data;

import io.veilora.client.llama.PackedBatch;
import io.veilora.protocol.wire.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;

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

    /**
     * A sequence of which some tokens are learnt.
     *
     * @param whole (n + 1)
     * @param learnt (n + 1), whether the token at this place is to be predicted
     */
    static TokenizedRecord of(int line, int[] whole, boolean[] learnt) {
        int[] tokens = Arrays.copyOf(whole, whole.length - 1);
        int[] labels = new int[tokens.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = learnt[i + 1] ? whole[i + 1] : PackedBatch.IGNORE;
        }
        return new TokenizedRecord(line, tokens, labels);
    }

    /** The tokens {@code from} … {@code to} − 1. */
    TokenizedRecord part(int from, int to) {
        return new TokenizedRecord(line, Arrays.copyOfRange(tokens, from, to), Arrays.copyOfRange(labels, from, to));
    }

    /** Tokens that count in the loss. */
    public int labelCount() {
        return (int) IntStream.of(labels)
                .filter(label -> label != PackedBatch.IGNORE)
                .count();
    }

    /** n. */
    public int tokenCount() {
        return tokens.length;
    }

    /** SHA-256 of tokens and labels. */
    byte[] digest() {
        MessageDigest digest = Sha256.newDigest();
        addTo(digest);
        return digest.digest();
    }

    void addTo(MessageDigest digest) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * tokenCount()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(tokenCount());
        for (int i = 0; i < tokenCount(); i++) {
            bytes.putInt(tokens[i]).putInt(labels[i]);
        }
        digest.update(bytes.flip());
    }

    /** The line and the size: the tokens are private. */
    @Override
    public String toString() {
        return "TokenizedRecord[line " + line + ", " + tokens.length + " tokens]";
    }
}
