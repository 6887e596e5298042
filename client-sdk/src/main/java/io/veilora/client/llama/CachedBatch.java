package io.veilora.client.llama;

import java.util.Arrays;
import java.util.List;

/** Rows that continue sequences whose earlier keys and values are cached; each cache appears once. */
record CachedBatch(int[] tokens, int[] positions, int[] sequenceBounds, List<KeyValueCache> caches)
        implements TokenRows {

    /** One sequence for each continuation, in their order; makes room in the caches. */
    static CachedBatch of(List<Continuation> continuations) {
        int[] bounds = new int[continuations.size() + 1];
        for (int s = 0; s < continuations.size(); s++) {
            bounds[s + 1] = bounds[s] + continuations.get(s).tokens().length;
        }
        int[] positions = new int[bounds[continuations.size()]];
        for (int s = 0; s < continuations.size(); s++) {
            KeyValueCache cache = continuations.get(s).cache();
            cache.reserve(bounds[s + 1] - bounds[s]);
            for (int row = bounds[s]; row < bounds[s + 1]; row++) {
                positions[row] = cache.length() + row - bounds[s];
            }
        }
        return new CachedBatch(
                continuations.stream()
                        .flatMapToInt(continuation -> Arrays.stream(continuation.tokens()))
                        .toArray(),
                positions,
                bounds,
                continuations.stream().map(Continuation::cache).toList());
    }

    /** To be called when the rows went through all blocks: the caches count them as theirs. */
    void finished() {
        for (int s = 0; s < caches.size(); s++) {
            caches.get(s).advance(sequenceBounds[s + 1] - sequenceBounds[s]);
        }
    }

    /** Counts only: never a token. */
    @Override
    public String toString() {
        return "CachedBatch[" + tokenCount() + " tokens, " + caches.size() + " sequences]";
    }
}
