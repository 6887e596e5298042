package io.veilora.client.text;

import io.veilora.client.llama.KeyValueCache;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A chat with a model. Every turn is rendered whole by the model's chat template; of its tokens only those behind the
 * longest beginning that is cached go through the model. {@link #close} wipes the cache. Not safe for use by several
 * threads.
 */
public final class Conversation implements AutoCloseable {
    private static final String USER = "user";

    private final Generator generator;
    private final ChatTemplate template;
    private final List<ChatMessage> before;
    private final GenerationSettings settings;
    private final KeyValueCache cache;
    private List<ChatMessage> messages;
    private int[] cached = {}; // the tokens in the cache

    Conversation(Generator generator, ChatTemplate template, List<ChatMessage> before, GenerationSettings settings) {
        this.generator = generator;
        this.template = template;
        this.before = List.copyOf(before);
        this.settings = settings;
        this.cache = new KeyValueCache(generator.config());
        this.messages = this.before;
    }

    /**
     * Says something and gets an answer; both are remembered, unless an exception ends the answer.
     *
     * @param onText called with every piece of the answer as soon as it is certain
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a conversation that fills the model's context, or
     *     that the template refuses
     */
    public Generation say(String text, Consumer<String> onText) {
        List<ChatMessage> asked = with(messages, new ChatMessage(USER, text));
        Generation answer = answer(asked, onText);
        messages = with(asked, new ChatMessage(ChatMessage.ASSISTANT, answer.text()));
        return answer;
    }

    /** Answers the last of the messages that the conversation began with; as {@link #say}. */
    public Generation answer(Consumer<String> onText) {
        Generation answer = answer(messages, onText);
        messages = with(messages, new ChatMessage(ChatMessage.ASSISTANT, answer.text()));
        return answer;
    }

    /** Forgets all but the messages that the conversation began with. */
    public void restart() {
        messages = before;
    }

    /** What was said up to now. */
    public List<ChatMessage> messages() {
        return messages;
    }

    private Generation answer(List<ChatMessage> asked, Consumer<String> onText) {
        int[] prompt = generator.requireRoom(
                "conversation",
                generator.tokenizer().encode(template.render(asked, true).text()),
                "begin a new conversation, or say less at a time");
        cache.truncate(sameBeginning(prompt));
        cached = new int[0]; // until it is known what an unfinished answer leaves there
        Draft draft = generator.draft(prompt, cache, settings, onText);
        generator.run(List.of(draft), count -> {});
        cached = IntStream.concat(Arrays.stream(prompt), Arrays.stream(draft.drawn()))
                .limit(cache.length())
                .toArray();
        return draft.generation();
    }

    /** Tokens of the prompt that are cached, but not all: the last one has to be computed for its logits. */
    private int sameBeginning(int[] prompt) {
        int different = Arrays.mismatch(cached, prompt);
        int same = different < 0 ? prompt.length : different;
        return Math.min(same, prompt.length - 1);
    }

    private static List<ChatMessage> with(List<ChatMessage> messages, ChatMessage message) {
        List<ChatMessage> longer = new ArrayList<>(messages);
        longer.add(message);
        return List.copyOf(longer);
    }

    @Override
    public void close() {
        cache.close();
        cached = new int[0];
        messages = List.of();
    }
}
