package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.BaseModel;
import io.veilora.client.ReferenceCase;
import io.veilora.protocol.wire.ProtocolJson;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Greedy decoding with the cache takes the tokens that transformers' own {@code generate} took with the PEFT adapter; all
 * sequences of a case are continued together. {@code src/test/reference/make_generation.py} wrote the file.
 */
class DecoderReferenceTest {
    private static final int NEW_TOKENS = 24;

    @ParameterizedTest
    @MethodSource("io.veilora.client.ReferenceCase#names")
    void greedyContinuationsAreThoseOfTransformers(String name) throws Exception {
        JsonNode sequences = ProtocolJson.MAPPER
                .readTree(getClass().getResource("/reference/generation.json"))
                .required(name);
        try (ReferenceCase reference = new ReferenceCase(name);
                BaseModel base = BaseModel.clear(reference.model())) {
            List<int[]> prompts = new ArrayList<>();
            List<int[]> expected = new ArrayList<>();
            for (JsonNode sequence : sequences) {
                prompts.add(ProtocolJson.MAPPER.convertValue(sequence.get("prompt"), int[].class));
                expected.add(ProtocolJson.MAPPER.convertValue(sequence.get("continuation"), int[].class));
            }
            List<int[]> taken = greedy(new Decoder(base.with(reference.adapter())), prompts);
            for (int s = 0; s < prompts.size(); s++) {
                assertThat(taken.get(s)).as("sequence %d", s).isEqualTo(expected.get(s));
            }
        }
    }

    private static List<int[]> greedy(Decoder decoder, List<int[]> prompts) {
        int vocabulary = decoder.config().vocabularySize();
        List<Continuation> next = new ArrayList<>();
        List<int[]> taken = new ArrayList<>();
        for (int[] prompt : prompts) {
            next.add(new Continuation(new KeyValueCache(decoder.config()), prompt));
            taken.add(new int[NEW_TOKENS]);
        }
        for (int i = 0; i < NEW_TOKENS; i++) {
            float[] logits = decoder.logitsAfter(next);
            for (int s = 0; s < next.size(); s++) {
                int best = s * vocabulary;
                for (int id = best; id < (s + 1) * vocabulary; id++) {
                    best = logits[id] > logits[best] ? id : best;
                }
                taken.get(s)[i] = best - s * vocabulary;
                next.set(s, new Continuation(next.get(s).cache(), new int[] {taken.get(s)[i]}));
            }
        }
        return taken;
    }
}
