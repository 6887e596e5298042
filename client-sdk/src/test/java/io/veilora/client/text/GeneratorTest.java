package io.veilora.client.text;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.ToyModel;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int CONTEXT = 24;
    private static final ToyModel TOY = ToyModel.random(TinyTokenizer.VOCABULARY, CONTEXT);
    private static final LlamaConfig CONFIG = TOY.config();

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

    /** An output layer that finds the given tokens most probable, one after the other. */
    private record Script(int[] tokens, int[] calls) implements FrozenLinear {
        @Override
        public int inputFeatures() {
            return CONFIG.hiddenSize();
        }

        @Override
        public int outputFeatures() {
            return CONFIG.vocabularySize();
        }

        @Override
        public void forward(float[] x, int rows, float[] y) {
            assertThat(rows).as("only the last token goes through lm_head").isEqualTo(1);
            Arrays.fill(y, 0, outputFeatures(), 0f);
            y[tokens[Math.min(calls[0]++, tokens.length - 1)]] = 1;
        }

        @Override
        public void backward(float[] dy, int rows, float[] dx) {
            throw new AssertionError("generation has no backward pass");
        }
    }

    private Generation generate(GenerationRequest request, int... script) {
        FrozenLinear head = new Script(script, new int[1]);
        LlamaModel model = new LlamaModel(
                CONFIG,
                TOY.weights(),
                id -> id.equals(LayerId.LM_HEAD) ? head : TOY.layers().get(id),
                Adapter.none());
        return new Generator(model, tokenizer, CONTEXT).generate(request, streamed::append);
    }

    private int[] script(String text) {
        return tokenizer.encode(text);
    }

    @Test
    void streamsTheTextAndStopsAtTheEndOfText() {
        Generation generation = generate(GenerationRequest.greedy("the cat", 20), script("sat 猫<|eos|>never"));
        assertThat(generation.text()).isEqualTo("sat 猫");
        assertThat(streamed).hasToString("sat 猫");
        assertThat(generation.end()).isEqualTo(Generation.End.END_OF_TEXT);
        assertThat(generation.promptTokens()).isEqualTo(3);
        assertThat(generation.newTokens()).isEqualTo(script("sat 猫").length + 1);
    }

    @Test
    void stopsBeforeAStopString() {
        GenerationRequest request = new GenerationRequest("the", 20, Sampling.greedy(), List.of("\n\n"));
        Generation generation = generate(request, script("a note\n\nmore"));
        assertThat(generation.text()).isEqualTo("a note");
        assertThat(streamed).hasToString("a note");
        assertThat(generation.end()).isEqualTo(Generation.End.STOP_STRING);
    }

    @Test
    void stopsAfterTheTokensAskedForAndShowsWhatWasHeldBack() {
        GenerationRequest request = new GenerationRequest("the", 2, Sampling.greedy(), List.of("xy"));
        Generation generation = generate(request, script("qx"));
        assertThat(generation.text()).isEqualTo("qx");
        assertThat(streamed).hasToString("qx");
        assertThat(generation.end()).isEqualTo(Generation.End.LENGTH);
        assertThat(generation.newTokens()).isEqualTo(2);
    }

    @Test
    void stopsWhenTheContextIsFull() {
        Generation generation = generate(GenerationRequest.greedy("the cat", 1000), script("q"));
        assertThat(generation.end()).isEqualTo(Generation.End.CONTEXT);
        // The last token is predicted from a full context.
        assertThat(generation.newTokens()).isEqualTo(CONTEXT - 3 + 1);
    }

    @Test
    void greedyFollowsTheModelsOwnLogits() {
        LlamaModel model = TOY.model(Adapter.none());
        Generation generation =
                new Generator(model, tokenizer, CONTEXT).generate(GenerationRequest.greedy("a note", 6), text -> {});
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
        Generator generator = new Generator(TOY.model(Adapter.none()), tokenizer, CONTEXT);
        GenerationRequest request = new GenerationRequest("the", 12, new Sampling(1, 0.9, 11), List.of());
        String text = generator.generate(request, piece -> {}).text();
        assertThat(generator.generate(request, piece -> {}).text()).isEqualTo(text);
    }

    @Test
    void refusesAPromptThatFillsTheContextWithoutShowingIt() {
        assertProblem(
                        ProblemCode.INVALID_INPUT,
                        () -> generate(GenerationRequest.greedy("secret ".repeat(30), 1), script("q")))
                .contains("prompt", "context of " + CONTEXT)
                .doesNotContain("secret");
        assertProblem(ProblemCode.INVALID_INPUT, () -> GenerationRequest.greedy("x", 0))
                .contains("got 0");
    }
}
