package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.ToyModel;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int CONTEXT = 24;
    private static final ToyModel TOY = ToyModel.random(TinyTokenizer.VOCABULARY, CONTEXT);

    private final ScriptedModel scripted = new ScriptedModel(TOY);
    private final StringBuilder streamed = new StringBuilder();
    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = TinyTokenizer.open();
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private Generation generate(String prompt, GenerationSettings settings, int... script) {
        scripted.willSay(script);
        return new Generator(scripted.model(), tokenizer).generate(prompt, settings, streamed::append);
    }

    private int[] script(String text) {
        return tokenizer.encode(text);
    }

    @Test
    void streamsTheTextAndStopsAtTheEndOfText() {
        Generation generation = generate("the cat", GenerationSettings.greedy(20), script("sat 猫<|eos|>never"));
        assertThat(generation.text()).isEqualTo("sat 猫");
        assertThat(streamed).hasToString("sat 猫");
        assertThat(generation.end()).isEqualTo(Generation.End.END_OF_TEXT);
        assertThat(generation.promptTokens()).isEqualTo(3);
        assertThat(generation.newTokens()).isEqualTo(script("sat 猫").length + 1);
    }

    @Test
    void stopsBeforeAStopString() {
        GenerationSettings settings = GenerationSettings.greedy(20).stoppingAt("\n\n");
        Generation generation = generate("the", settings, script("a note\n\nmore"));
        assertThat(generation.text()).isEqualTo("a note");
        assertThat(streamed).hasToString("a note");
        assertThat(generation.end()).isEqualTo(Generation.End.STOP_STRING);
    }

    @Test
    void stopsAfterTheTokensAskedForAndShowsWhatWasHeldBack() {
        GenerationSettings settings = GenerationSettings.greedy(2).stoppingAt("xy");
        Generation generation = generate("the", settings, script("qx"));
        assertThat(generation.text()).isEqualTo("qx");
        assertThat(streamed).hasToString("qx");
        assertThat(generation.end()).isEqualTo(Generation.End.LENGTH);
        assertThat(generation.newTokens()).isEqualTo(2);
    }

    @Test
    void stopsWhenTheContextIsFull() {
        Generation generation = generate("the cat", GenerationSettings.greedy(1000), script("q"));
        assertThat(generation.end()).isEqualTo(Generation.End.CONTEXT);
        // The last token is predicted from a full context.
        assertThat(generation.newTokens()).isEqualTo(CONTEXT - 3 + 1);
    }

    @Test
    void greedyFollowsTheModelsOwnLogits() {
        LlamaModel model = TOY.model(Adapter.none());
        Generation generation =
                new Generator(model, tokenizer).generate("a note", GenerationSettings.greedy(6), text -> {});
        int[] prefix = tokenizer.encodeWithSpecialTokens("a note");
        int prompt = prefix.length;
        for (int i = 0; i < generation.newTokens(); i++) {
            float[] logits = model.logits(PackedBatch.prompt(prefix), new int[] {prefix.length - 1});
            int best = 0;
            for (int id = 0; id < logits.length; id++) {
                best = logits[id] > logits[best] ? id : best;
            }
            prefix = Arrays.copyOf(prefix, prefix.length + 1);
            prefix[prefix.length - 1] = best;
        }
        assertThat(generation.text()).isEqualTo(tokenizer.decode(Arrays.copyOfRange(prefix, prompt, prefix.length)));
    }

    @Test
    void theSameSeedGeneratesTheSameText() {
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer);
        GenerationSettings settings =
                GenerationSettings.greedy(12).with(Sampling.at(1, 11).withTopP(0.9));
        String text = generator.generate("the", settings, piece -> {}).text();
        assertThat(generator.generate("the", settings, piece -> {}).text()).isEqualTo(text);
        assertThat(generator
                        .generate("the", settings.with(Sampling.at(1, 12)), piece -> {})
                        .text())
                .isNotEqualTo(text);
    }

    @Test
    void refusesAPromptThatFillsTheContextWithoutShowingIt() {
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> generate("secret ".repeat(30), GenerationSettings.greedy(1), script("q")))
                .contains("prompt", "context of " + CONTEXT)
                .doesNotContain("secret");
        assertProblem(ProblemCode.INVALID_INPUT, () -> GenerationSettings.greedy(0))
                .contains("got 0");
    }

    @Test
    void aStopStringIsFoundAcrossTokenBorders() {
        int[] tokens = {script("a")[0], script("#")[0], script("#")[0], script("#")[0], script("b")[0]};
        Generation generation = generate("the", GenerationSettings.greedy(5).stoppingAt("###"), tokens);
        assertThat(generation.text()).isEqualTo("a");
        assertThat(generation.newTokens()).isEqualTo(4);
        assertThat(generation.end()).isEqualTo(Generation.End.STOP_STRING);
    }

    @Test
    void aBatchOfPromptsGivesTheSameAsOneByOne() {
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer);
        List<String> prompts = List.of("the", "a note about the cat", "sat 猫", "q", "the");
        for (Sampling sampling : List.of(Sampling.greedy(), Sampling.at(1, 5).withTopK(20))) {
            GenerationSettings settings = GenerationSettings.greedy(9).with(sampling);
            List<Generation> together = generator.generateAll(prompts, settings);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(together.get(i)).isEqualTo(generator.generate(prompts.get(i), settings, piece -> {}));
            }
        }
    }

    @Test
    void moreTextsThanABlockHoldsGoInWaves() {
        List<Integer> finished = new ArrayList<>();
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer);
        int[] prompt = tokenizer.encodeWithSpecialTokens("the");
        List<Generation> generations = generator.continueAll(
                Collections.nCopies(Generator.TEXTS_AT_ONCE + 3, prompt), GenerationSettings.greedy(2), finished::add);
        assertThat(generations).hasSize(Generator.TEXTS_AT_ONCE + 3).allMatch(generations.getFirst()::equals);
        assertThat(finished).isSorted().endsWith(Generator.TEXTS_AT_ONCE + 3);
    }

    @Test
    void hidingTheLengthTakesAsManyPassesWhateverTheAnswer() {
        for (String answer : List.of("<|eos|>", "a<|eos|>", "a note about the cat")) {
            Generation generation = generate("the", GenerationSettings.greedy(7).hidingLength(), script(answer));
            assertThat(scripted.passes).isEqualTo(List.of(2, 1, 1, 1, 1, 1, 1));
            assertThat(streamed.toString()).isEqualTo(generation.text());
            assertThat(generation.newTokens()).isLessThanOrEqualTo(7);
            streamed.setLength(0);
            scripted.passes.clear();
        }
        assertThat(generate("the", GenerationSettings.greedy(7).hidingLength(), script("a<|eos|>b")))
                .isEqualTo(new Generation("a", 2, 2, Generation.End.END_OF_TEXT));
    }

    @Test
    void refusesAnEmptyPromptOfAModelWithoutBeginOfText() {
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer);
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> generator.continueAll(List.of(new int[0]), GenerationSettings.greedy(1), count -> {}))
                .contains("prompt: got 0 tokens");
    }
}
