package io.veilora.client.text;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** The tokenizer of 290 entries that {@code src/test/reference/make_tokenizer.py} wrote. */
public final class TinyTokenizer {
    public static final int VOCABULARY = 290;

    private TinyTokenizer() {}

    public static Path folder() {
        try {
            return Path.of(TinyTokenizer.class
                            .getResource("/reference/tiny-tokenizer/tokenizer.json")
                            .toURI())
                    .getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Tokenizer open() throws IOException {
        return Tokenizer.open(folder(), VOCABULARY);
    }
}
