package io.veilora.client.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Decodes tokens as they come. A character whose bytes are spread over several tokens is held back until it is whole;
 * earlier tokens are decoded along, because a tokenizer may join a token to the one before it.
 */
final class TextStream {
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private final List<Integer> ids = new ArrayList<>();
    private int contextFrom;
    private int readTo;

    TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Takes one token and returns the text that is certain now, maybe empty. */
    String add(int id) {
        ids.add(id);
        String known = decode(contextFrom, readTo);
        String all = decode(contextFrom, ids.size());
        if (all.length() <= known.length() || all.charAt(all.length() - 1) == REPLACEMENT) {
            return "";
        }
        contextFrom = readTo;
        readTo = ids.size();
        return all.substring(known.length());
    }

    /** What is still held back, with U+FFFD for bytes that never became a character. */
    String end() {
        String known = decode(contextFrom, readTo);
        String all = decode(contextFrom, ids.size());
        contextFrom = ids.size();
        readTo = ids.size();
        return all.substring(Math.min(known.length(), all.length()));
    }

    private String decode(int from, int to) {
        return tokenizer.decode(
                ids.subList(from, to).stream().mapToInt(Integer::intValue).toArray());
    }
}
