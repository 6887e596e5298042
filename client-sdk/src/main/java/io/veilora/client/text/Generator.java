package io.veilora.client.text;

import io.veilora.client.BaseModel;
import io.veilora.client.llama.Continuation;
import io.veilora.client.llama.Decoder;
import io.veilora.client.llama.KeyValueCache;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Generates text, token by token, with the keys and values of each text cached here:
 *
 * <pre>{@code
 * Generator generator = Generator.of(baseModel, adapter);
 * generator.generate("In the beginning", System.out::print);
 * }</pre>
 *
 * Up to {@value #TEXTS_AT_ONCE} texts go together at the price of one, see {@link #generateAll}. Not safe for use by
 * several threads.
 */
public final class Generator {
    /** One new token of each fills a block. */
    static final int TEXTS_AT_ONCE = 256;

    private static final GenerationSettings DEFAULT = GenerationSettings.greedy(80);

    private final Decoder decoder;
    private final Tokenizer tokenizer;
    private final LlamaConfig config;

    /** A base model with an adapter, {@link Adapter#none} for the base model alone. */
    public static Generator of(BaseModel base, Adapter adapter) {
        return new Generator(base.with(adapter), base.tokenizer());
    }

    public Generator(LlamaModel model, Tokenizer tokenizer) {
        this.decoder = new Decoder(model);
        this.tokenizer = tokenizer;
        this.config = model.config();
    }

    /** The most probable continuation, at most 80 tokens; as {@link #generate(String, GenerationSettings, Consumer)}. */
    public Generation generate(String prompt, Consumer<String> onText) {
        return generate(prompt, DEFAULT, onText);
    }

    /**
     * Continues a prompt as it stands.
     *
     * @param onText called with every piece of text as soon as it is certain; the pieces joined are
     *     {@link Generation#text}
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a prompt that is empty or fills the context
     */
    public Generation generate(String prompt, GenerationSettings settings, Consumer<String> onText) {
        try (KeyValueCache cache = new KeyValueCache(config)) {
            Draft draft = draft(requireRoom(promptTokens(prompt)), cache, settings, onText);
            run(List.of(draft), count -> {});
            return draft.generation();
        }
    }

    /**
     * Continues many prompts together, each as if it were alone: greedy texts are the same, and every draw starts from the
     * same seed. A new token of up to {@value #TEXTS_AT_ONCE} texts costs the provider what one text's token costs.
     *
     * @return in the order of the prompts
     * @throws PermanentException as {@link #generate(String, GenerationSettings, Consumer)}
     */
    public List<Generation> generateAll(List<String> prompts, GenerationSettings settings) {
        return continueAll(prompts.stream().map(this::promptTokens).toList(), settings, count -> {});
    }

    /**
     * The same for prompts that are tokens already, begin-of-text included.
     *
     * @param onFinished called with the number of texts that are finished, as it grows
     */
    public List<Generation> continueAll(List<int[]> prompts, GenerationSettings settings, IntConsumer onFinished) {
        prompts.forEach(this::requireRoom);
        List<Generation> generations = new ArrayList<>();
        while (generations.size() < prompts.size()) {
            int from = generations.size();
            List<int[]> wave = prompts.subList(from, from + waveSize(prompts.subList(from, prompts.size()), settings));
            generations.addAll(wave(wave, settings, count -> onFinished.accept(from + count)));
        }
        return generations;
    }

    /**
     * A chat in the model's own prompt format, which remembers what was said; close it after use.
     *
     * @param before messages to begin with, for example a system message; may be empty
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a model that is not made for chats
     */
    public Conversation converse(List<ChatMessage> before, GenerationSettings settings) throws IOException {
        return new Conversation(this, tokenizer.chatTemplate(LocalDate.now()), before, settings);
    }

    private List<Generation> wave(List<int[]> prompts, GenerationSettings settings, IntConsumer onFinished) {
        List<KeyValueCache> caches = new ArrayList<>();
        try {
            List<Draft> drafts = new ArrayList<>();
            for (int[] prompt : prompts) {
                caches.add(new KeyValueCache(config));
                drafts.add(draft(prompt, caches.getLast(), settings, piece -> {}));
            }
            run(drafts, onFinished);
            return drafts.stream().map(Draft::generation).toList();
        } finally {
            caches.forEach(KeyValueCache::close);
        }
    }

    /** As many as fill a block, as far as their caches, which grow by half at a time, fit into a quarter of the heap. */
    private int waveSize(List<int[]> prompts, GenerationSettings settings) {
        long room = Runtime.getRuntime().maxMemory() / 4 / (KeyValueCache.bytesPerToken(config) * 3 / 2);
        int size = 0;
        while (size < Math.min(TEXTS_AT_ONCE, prompts.size())) {
            room -= Math.min(config.contextLength(), (long) prompts.get(size).length + settings.maxTokens());
            if (room < 0 && size > 0) {
                break;
            }
            size++;
        }
        return size;
    }

    /** A text that goes on from {@code prompt}, for which there is room, and whose first tokens may be in the cache. */
    Draft draft(int[] prompt, KeyValueCache cache, GenerationSettings settings, Consumer<String> onText) {
        return new Draft(tokenizer, settings, new Draft.Prompt(prompt, cache, config.contextLength()), onText);
    }

    /** Draws until every text is finished. */
    void run(List<Draft> drafts, IntConsumer onFinished) {
        List<Draft> running = new ArrayList<>(drafts);
        while (!running.isEmpty()) {
            List<Continuation> next = running.stream().map(Draft::next).toList();
            float[] logits = decoder.logitsAfter(next); // (S, V)
            int v = config.vocabularySize();
            for (int s = 0; s < running.size(); s++) {
                running.get(s).draw(Arrays.copyOfRange(logits, s * v, (s + 1) * v));
            }
            if (running.removeIf(Draft::finished)) {
                onFinished.accept(drafts.size() - running.size());
            }
        }
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    LlamaConfig config() {
        return config;
    }

    private int[] promptTokens(String prompt) {
        int[] text = tokenizer.encode(prompt);
        OptionalInt bos = tokenizer.special().bos();
        if (bos.isEmpty()) {
            return text;
        }
        int[] tokens = new int[text.length + 1];
        tokens[0] = bos.getAsInt();
        System.arraycopy(text, 0, tokens, 1, text.length);
        return tokens;
    }

    private int[] requireRoom(int[] prompt) {
        return requireRoom("prompt", prompt, "give a prompt of another length");
    }

    /** @return {@code tokens}, which are at least one and leave room for another in the context */
    int[] requireRoom(String what, int[] tokens, String remedy) {
        if (tokens.length == 0 || tokens.length >= config.contextLength()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: got %d tokens, expected at least 1 and fewer than the model's context of %d",
                            what, tokens.length, config.contextLength())
                    .remedy(remedy));
        }
        return tokens;
    }
}
