package io.veilora.client.cli;

import java.util.Locale;

/** How fast a text came: the prompt and the first token apart from the tokens after it. */
final class Speed {
    private final long start = System.nanoTime();
    private long first;

    /** A piece of text came. */
    void heard() {
        if (first == 0) {
            first = System.nanoTime();
        }
    }

    /** To be called at the end. */
    String line(int promptTokens, int newTokens) {
        long end = System.nanoTime();
        double seconds = (end - start) / 1e9;
        String all = String.format(
                Locale.ROOT, "%,d prompt tokens and %,d new ones in %.1f s", promptTokens, newTokens, seconds);
        return first == 0 || newTokens < 2
                ? all
                : String.format(
                        Locale.ROOT,
                        "%s: the first after %.1f s, then %.1f tokens/s",
                        all,
                        (first - start) / 1e9,
                        (newTokens - 1) / ((end - first) / 1e9));
    }
}
