package io.veilora.client.llama;

import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Continues sequences with their keys and values cached: every token goes through the blocks once, and the tokens of many
 * sequences go together. A remote layer's request is filled up to a block of 256 tokens, so one new token of 256
 * sequences costs what one of a single sequence costs. The logits are those of {@link LlamaModel#logits} over the whole
 * sequence. Not safe for use by several threads, nor beside another use of the model.
 */
public final class Decoder {
    /** Tokens in a pass: four blocks share the passes over the hints; more would only hold memory. */
    private static final int TOKENS_AT_ONCE = 1024;

    private final LlamaModel model;
    private final LlamaConfig config;

    public Decoder(LlamaModel model) {
        this.model = model;
        this.config = model.config();
    }

    /** The model's geometry, for the caches. */
    public LlamaConfig config() {
        return config;
    }

    /**
     * Takes up the tokens of S continuations and returns the logits after the last token of each.
     *
     * @param continuations at least one, each of its own cache
     * @return (S, V)
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a sequence that outgrows the context or a token
     *     outside the vocabulary; {@link ProblemCode#NOT_FINITE} as {@link LlamaModel#logits}. After an error during the
     *     computation the caches may hold a part of the tokens
     */
    public float[] logitsAfter(List<Continuation> continuations) {
        check(continuations);
        int d = config.hiddenSize();
        float[] last = new float[continuations.size() * d]; // (S, d)
        int sequence = 0;
        int from = 0;
        while (sequence < continuations.size()) {
            int first = sequence;
            List<Continuation> pass = new ArrayList<>();
            for (int room = TOKENS_AT_ONCE; room > 0 && sequence < continuations.size(); ) {
                int[] tokens = continuations.get(sequence).tokens();
                int to = Math.min(tokens.length, from + room);
                pass.add(new Continuation(continuations.get(sequence).cache(), Arrays.copyOfRange(tokens, from, to)));
                room -= to - from;
                from = to == tokens.length ? 0 : to;
                sequence += from == 0 ? 1 : 0;
            }
            CachedBatch rows = CachedBatch.of(pass);
            float[] x = model.residual(rows);
            for (int s = 0; s < pass.size(); s++) { // a sequence that goes on in the next pass is overwritten there
                System.arraycopy(x, (rows.sequenceBounds()[s + 1] - 1) * d, last, (first + s) * d, d);
            }
        }
        return model.logits(last, continuations.size());
    }

    private void check(List<Continuation> continuations) {
        Set<KeyValueCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Continuation continuation : continuations) {
            if (!caches.add(continuation.cache())) {
                throw new IllegalArgumentException("continuations: got two of the same cache");
            }
            int length = continuation.cache().length() + continuation.tokens().length;
            if (continuation.tokens().length == 0 || length > config.contextLength()) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        .detail(
                                "sequence: got %d cached and %d new tokens, expected at least 1 new one and at most the"
                                        + " model's context of %d",
                                continuation.cache().length(), continuation.tokens().length, config.contextLength())
                        .remedy("shorten the text"));
            }
        }
        if (caches.isEmpty()) {
            throw new IllegalArgumentException("continuations: got none");
        }
    }
}
