package io.veilora.client.llama;

/**
 * What comes next in a sequence.
 *
 * @param cache of the tokens up to here
 * @param tokens that follow, at least one; not copied
 */
public record Continuation(KeyValueCache cache, int[] tokens) {
    /** Counts only: never a token. */
    @Override
    public String toString() {
        return "Continuation[" + cache + ", " + tokens.length + " tokens]";
    }
}
