package io.veilora.client.text;

import io.veilora.client.llama.Continuation;
import io.veilora.client.llama.KeyValueCache;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One text while it is generated: what was drawn, what of it is shown, and why it ended. */
final class Draft {
    private final Tokenizer tokenizer;
    private final GenerationSettings settings;
    private final int promptTokens;
    private final int mostTokens;
    private final Consumer<String> onText;

    private final Sampler sampler;
    private final TextStream decoded;
    private final StopStrings stops;
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> drawn = new ArrayList<>();
    private Continuation next;
    private Generation.End end;
    private int newTokens;

    /**
     * @param prompt what the model is to go on from
     * @param onText gets every piece of text as soon as it is certain
     */
    Draft(Tokenizer tokenizer, GenerationSettings settings, Prompt prompt, Consumer<String> onText) {
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.promptTokens = prompt.tokens().length;
        this.mostTokens = Math.min(settings.maxTokens(), prompt.contextLength() - promptTokens + 1);
        this.onText = onText;
        this.sampler = new Sampler(settings.sampling());
        this.decoded = new TextStream(tokenizer);
        this.stops = new StopStrings(settings.stopStrings());
        this.next = prompt.rest();
    }

    /**
     * A prompt, part of which may be cached.
     *
     * @param tokens the whole prompt, shorter than the context
     * @param cache of the first tokens of the prompt, but not of all
     * @param contextLength of the model; the last token is predicted from a full context
     */
    record Prompt(int[] tokens, KeyValueCache cache, int contextLength) {
        Continuation rest() {
            int[] rest = IntStream.of(tokens).skip(cache.length()).toArray();
            return new Continuation(cache, rest);
        }
    }

    /** What has to go through the model before the next {@link #draw}. */
    Continuation next() {
        return next;
    }

    /** Draws a token from the logits (V) after {@link #next}. */
    void draw(float[] logits) {
        int token = sampler.pick(logits);
        drawn.add(token);
        if (end == null) {
            newTokens++;
            boolean last = tokenizer.special().ends().contains(token);
            show(last ? "" : stops.add(decoded.add(token)));
            end = endAfter(last);
            if (end != null) {
                show(stops.add(decoded.end()));
                show(stops.end());
            }
        }
        next = new Continuation(next.cache(), new int[] {token});
    }

    private Generation.End endAfter(boolean endOfText) {
        if (endOfText) {
            return Generation.End.END_OF_TEXT;
        }
        if (stops.stopped()) {
            return Generation.End.STOP_STRING;
        }
        if (newTokens < mostTokens) {
            return null;
        }
        return mostTokens == settings.maxTokens() ? Generation.End.LENGTH : Generation.End.CONTEXT;
    }

    private void show(String piece) {
        if (!piece.isEmpty()) {
            text.append(piece);
            onText.accept(piece);
        }
    }

    /** Whether no further pass is due. An ended text goes on, unseen, while its length is to be hidden. */
    boolean finished() {
        return end != null && (!settings.hideLength() || drawn.size() == mostTokens);
    }

    /** All tokens drawn; the last one has not gone through the model. */
    int[] drawn() {
        return drawn.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The finished text. */
    Generation generation() {
        return new Generation(text.toString(), promptTokens, newTokens, end);
    }
}
