package io.veilora.client.llama;

import static io.veilora.client.Problems.assertProblem;
import static io.veilora.client.llama.Gradients.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.linear.FloatMatrix;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecoderTest {
    private static final double TOLERANCE = 1e-5;
    private static final LlamaConfig CONFIG = new LlamaConfig(53, 16, 23, 2, 4, 2, 6, 1e-5, 10000, 1500, false);

    private final TinyLlama llama = TinyLlama.random(CONFIG, 3);
    private final LlamaModel model = llama.model(llama.adapter());
    private final Decoder decoder = new Decoder(model);

    private static int[] text(long seed, int length) {
        return new Random(seed).ints(length, 0, CONFIG.vocabularySize()).toArray();
    }

    private static Continuation next(KeyValueCache cache, int... tokens) {
        return new Continuation(cache, tokens);
    }

    /** The logits after the last token, all computed at once without a cache. */
    private float[] recomputed(int... tokens) {
        return model.logits(PackedBatch.prompt(tokens), new int[] {tokens.length - 1});
    }

    @Test
    void tokenByTokenEqualsTheWholeSequenceAtOnce() {
        int[] text = text(1, 150); // past the first growth of the cache
        try (KeyValueCache cache = new KeyValueCache(CONFIG)) {
            for (int t = 0; t < text.length; t++) {
                float[] logits = decoder.logitsAfter(List.of(next(cache, text[t])));
                requireClose(logits, recomputed(Arrays.copyOf(text, t + 1)), TOLERANCE, "logits after token " + t);
            }
            assertThat(cache.length()).isEqualTo(150);
        }
    }

    @Test
    void sequencesOfDifferentLengthsContinueTogetherAsEachAlone() {
        int[] lengths = {70, 1, 33, 8};
        List<KeyValueCache> caches = new ArrayList<>();
        List<Continuation> prompts = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            caches.add(new KeyValueCache(CONFIG));
            prompts.add(next(caches.get(s), text(s, lengths[s])));
        }
        requireRows(
                decoder.logitsAfter(prompts),
                prompts.stream().map(Continuation::tokens).toList());

        int[][] added = {{5}, {6, 7, 8}, {9}, {10, 11}};
        List<Continuation> more = IntStream.range(0, lengths.length)
                .mapToObj(s -> next(caches.get(s), added[s]))
                .toList();
        List<int[]> whole = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            whole.add(IntStream.concat(Arrays.stream(text(s, lengths[s])), Arrays.stream(added[s]))
                    .toArray());
        }
        requireRows(decoder.logitsAfter(more), whole);
    }

    private void requireRows(float[] logits, List<int[]> sequences) {
        int v = CONFIG.vocabularySize();
        assertThat(logits).hasSize(sequences.size() * v);
        for (int s = 0; s < sequences.size(); s++) {
            float[] row = Arrays.copyOfRange(logits, s * v, (s + 1) * v);
            requireClose(row, recomputed(sequences.get(s)), TOLERANCE, "sequence " + s);
        }
    }

    @Test
    void promptsLongerThanAPassAreCutAcrossPasses() {
        List<Continuation> prompts = List.of(
                next(new KeyValueCache(CONFIG), text(1, 1000)),
                next(new KeyValueCache(CONFIG), text(2, 1400)),
                next(new KeyValueCache(CONFIG), text(3, 3)));
        requireRows(
                decoder.logitsAfter(prompts),
                prompts.stream().map(Continuation::tokens).toList());
    }

    @Test
    void aTruncatedCacheGoesOnFromThere() {
        try (KeyValueCache cache = new KeyValueCache(CONFIG)) {
            decoder.logitsAfter(List.of(next(cache, 1, 2, 3, 4, 5)));
            cache.truncate(2);
            requireClose(
                    decoder.logitsAfter(List.of(next(cache, 30, 31))),
                    recomputed(1, 2, 30, 31),
                    TOLERANCE,
                    "after a truncation");
            assertThatThrownBy(() -> cache.truncate(5)).hasMessageContaining("got 5, expected 0 to 4");
        }
    }

    @Test
    void aNewTokenGoesThroughEveryLayerAloneAndOnlyTheLastOfAPromptThroughLmHead() {
        List<String> calls = new ArrayList<>();
        Decoder counted =
                new Decoder(new LlamaModel(CONFIG, llama.weights(), id -> recording(id, calls), llama.adapter()));
        KeyValueCache one = new KeyValueCache(CONFIG);
        KeyValueCache other = new KeyValueCache(CONFIG);
        counted.logitsAfter(List.of(next(one, text(1, 40)), next(other, text(2, 9))));
        assertThat(calls).hasSize(9).contains("blocks.0.qkv 49", "blocks.1.down 49", "lm_head 2");
        calls.clear();
        counted.logitsAfter(List.of(next(one, 3), next(other, 4)));
        assertThat(calls).hasSize(9).allMatch(call -> call.endsWith(" 2"));
    }

    private FrozenLinear recording(LayerId id, List<String> calls) {
        FrozenLinear layer = llama.layers().get(id);
        return new FrozenLinear() {
            @Override
            public int inputFeatures() {
                return layer.inputFeatures();
            }

            @Override
            public int outputFeatures() {
                return layer.outputFeatures();
            }

            @Override
            public void forward(float[] x, int tokens, float[] y) {
                calls.add(id + " " + tokens);
                layer.forward(x, tokens, y);
            }

            @Override
            public void backward(float[] dy, int tokens, float[] dx) {
                throw new AssertionError("decoding has no backward pass");
            }
        };
    }

    /** The arrays of one head. */
    private static KeyValueCache.Head heldBy(KeyValueCache cache) {
        FloatMatrix nothing = FloatMatrix.rowMajor(new float[0], 0, CONFIG.headDimension());
        return cache.append(1, 1, nothing, nothing);
    }

    private static void requireAllZero(KeyValueCache.Head head) {
        for (float[] array :
                List.of(head.keysTransposed().values(), head.values().values())) {
            assertThat(array).isEqualTo(new float[array.length]);
        }
    }

    @Test
    void aClosedCacheHoldsNothingAndTakesNothing() {
        KeyValueCache cache = new KeyValueCache(CONFIG);
        decoder.logitsAfter(List.of(next(cache, text(1, 20))));
        KeyValueCache.Head small = heldBy(cache);
        decoder.logitsAfter(List.of(next(cache, text(2, 200)))); // outgrows its arrays
        requireAllZero(small);

        KeyValueCache.Head large = heldBy(cache);
        assertThat(large.values().values())
                .isNotEqualTo(new float[large.values().values().length]);
        cache.close();
        requireAllZero(large);
        assertThat(cache.length()).isZero();
        assertThatThrownBy(() -> decoder.logitsAfter(List.of(next(cache, 1)))).hasMessageContaining("closed");
    }

    @Test
    void refusesAFullContextForeignTokensAndOneCacheTwice() {
        KeyValueCache cache = new KeyValueCache(CONFIG);
        decoder.logitsAfter(List.of(next(cache, text(1, 1500))));
        assertProblem(ProblemCode.INVALID_INPUT, () -> decoder.logitsAfter(List.of(next(cache, 1))))
                .contains("got 1500 cached and 1 new tokens", "context of 1500");
        KeyValueCache fresh = new KeyValueCache(CONFIG);
        assertProblem(ProblemCode.INVALID_INPUT, () -> decoder.logitsAfter(List.of(next(fresh, 53))))
                .contains("outside the vocabulary of 53");
        assertProblem(ProblemCode.INVALID_INPUT, () -> decoder.logitsAfter(List.of(next(fresh))))
                .contains("0 new tokens");
        assertThatThrownBy(() -> decoder.logitsAfter(List.of(next(fresh, 1), next(fresh, 2))))
                .hasMessageContaining("two of the same cache");
        assertThat(fresh.length()).isZero();
    }
}
