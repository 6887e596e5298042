package io.veilora.client.text;

import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Generates text token by token. The whole prefix is computed again for every token: an encrypted request is filled up
 * to a block of 256 tokens anyway, so up to 256 tokens this costs the provider what a key-value cache would cost.
 */
public final class Generator {
    private final LlamaModel model;
    private final Tokenizer tokenizer;
    private final int contextLength;

    /** @param contextLength longest sequence that the model takes, in tokens */
    public Generator(LlamaModel model, Tokenizer tokenizer, int contextLength) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.contextLength = contextLength;
    }

    /**
     * Continues a prompt.
     *
     * @param onText called with every piece of text as soon as it is certain; the pieces joined are
     *     {@link Generation#text}
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a prompt that is empty or fills the context
     */
    public Generation generate(GenerationRequest request, Consumer<String> onText) {
        int[] prompt = promptTokens(request.prompt());
        int[] prefix = Arrays.copyOf(prompt, Math.min(contextLength, prompt.length + request.maxNewTokens()));
        int length = prompt.length;
        Sampler sampler = new Sampler(request.sampling());
        TextStream decoded = new TextStream(tokenizer);
        StopStrings stops = new StopStrings(request.stopStrings());
        StringBuilder text = new StringBuilder();
        Consumer<String> show = piece -> {
            if (!piece.isEmpty()) {
                text.append(piece);
                onText.accept(piece);
            }
        };
        Generation.End end = null;
        int newTokens = 0;
        while (end == null) {
            int next = sampler.pick(logitsAfter(Arrays.copyOf(prefix, length)));
            newTokens++;
            boolean last = tokenizer.special().ends().contains(next);
            show.accept(last ? "" : stops.add(decoded.add(next)));
            if (last) {
                end = Generation.End.END_OF_TEXT;
            } else if (stops.stopped()) {
                end = Generation.End.STOP_STRING;
            } else if (newTokens == request.maxNewTokens()) {
                end = Generation.End.LENGTH;
            } else if (length == prefix.length) {
                end = Generation.End.CONTEXT;
            } else {
                prefix[length++] = next;
            }
        }
        show.accept(stops.add(decoded.end()));
        show.accept(stops.end());
        return new Generation(text.toString(), prompt.length, newTokens, end);
    }

    private int[] promptTokens(String prompt) {
        int[] text = tokenizer.encode(prompt);
        OptionalInt bos = tokenizer.special().bos();
        int[] tokens = text;
        if (bos.isPresent()) {
            tokens = new int[text.length + 1];
            tokens[0] = bos.getAsInt();
            System.arraycopy(text, 0, tokens, 1, text.length);
        }
        if (tokens.length == 0 || tokens.length >= contextLength) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "prompt: got %d tokens, expected at least 1 and fewer than the model's context of %d",
                            tokens.length, contextLength)
                    .remedy("give a prompt of another length"));
        }
        return tokens;
    }

    private float[] logitsAfter(int[] prefix) {
        return model.logits(PackedBatch.prompt(prefix), new int[] {prefix.length - 1});
    }
}
