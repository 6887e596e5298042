package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Greedy decoding with the cache takes the tokens that transformers' own {@code generate} took with the PEFT adapter; all
 * sequences of a case are continued together. {@code src/test/reference/make_generation.py} wrote the file.
 */
class DecoderReferenceTest {
    @Test
    void greedyContinuationsAreThoseOfTransformers() throws Exception {
        JsonNode cases = new ObjectMapper().readTree(getClass().getResource("/reference/generation.json"));
        assertThat(cases.size()).isEqualTo(3);
        for (var entry : cases.properties()) {
            try (ReferenceCase reference = new ReferenceCase(entry.getKey())) {
                Decoder decoder = new Decoder(reference.model(reference.adapter()));
                List<int[]> prompts = new ArrayList<>();
                List<int[]> expected = new ArrayList<>();
                for (JsonNode sequence : entry.getValue()) {
                    prompts.add(ids(sequence.get("prompt")));
                    expected.add(ids(sequence.get("continuation")));
                }
                List<List<Integer>> got = greedy(decoder, reference.config.vocabularySize(), prompts, 24);
                for (int s = 0; s < prompts.size(); s++) {
                    assertThat(got.get(s))
                            .as("%s, sequence %d", entry.getKey(), s)
                            .containsExactly(boxed(expected.get(s)));
                }
            }
        }
    }

    private static List<List<Integer>> greedy(Decoder decoder, int vocabulary, List<int[]> prompts, int tokens) {
        List<Continuation> next = new ArrayList<>();
        List<List<Integer>> taken = new ArrayList<>();
        for (int[] prompt : prompts) {
            next.add(new Continuation(new KeyValueCache(decoder.config()), prompt));
            taken.add(new ArrayList<>());
        }
        for (int i = 0; i < tokens; i++) {
            float[] logits = decoder.logitsAfter(next);
            for (int s = 0; s < next.size(); s++) {
                int best = s * vocabulary;
                for (int id = s * vocabulary; id < (s + 1) * vocabulary; id++) {
                    best = logits[id] > logits[best] ? id : best;
                }
                taken.get(s).add(best - s * vocabulary);
                next.set(s, new Continuation(next.get(s).cache(), new int[] {best - s * vocabulary}));
            }
        }
        return taken;
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }

    private static Integer[] boxed(int[] ids) {
        return java.util.Arrays.stream(ids).boxed().toArray(Integer[]::new);
    }
}
