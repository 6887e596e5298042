package io.veilora.client.data;

import io.veilora.client.text.ChatMessage;
import io.veilora.client.text.ChatTemplate;
import io.veilora.client.text.jinja.Rendered;
import io.veilora.client.text.jinja.Rendered.Span;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Where in a rendered chat the assistant speaks. The template says so itself with {@code generation} blocks, or: a turn
 * begins where the messages before it, with the generation prompt, end, and ends with its end-of-text token, or where the
 * messages up to it end. All of these must be true prefixes of the chat, also what the template renders of no messages,
 * where the assistant speaks first.
 *
 * @param eos how the end-of-text token is written
 */
record AssistantTurns(ChatTemplate template, List<ChatMessage> messages, String eos) {

    /** @throws PermanentException {@link ProblemCode#INVALID_INPUT} where a turn cannot be told from the rest */
    List<Span> in(Rendered chat) {
        if (!chat.generations().isEmpty()) {
            return chat.generations();
        }
        List<Span> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).isAssistant()) {
                turns.add(turn(i, chat.text()));
            }
        }
        return turns;
    }

    private Span turn(int index, String chat) {
        int from = beginning(index, chat);
        int content = chat.indexOf(spoken(messages.get(index)), from);
        int eosAt = content < 0
                ? -1
                : chat.indexOf(eos, content + spoken(messages.get(index)).length());
        String upTo = template.render(messages.subList(0, index + 1), false).text();
        if (chat.startsWith(upTo) && upTo.length() > from) {
            return new Span(from, eosAt < 0 ? upTo.length() : Math.min(upTo.length(), eosAt + eos.length()));
        }
        if (eosAt < 0) {
            throw ambiguous(index, "ends");
        }
        return new Span(from, eosAt + eos.length());
    }

    private int beginning(int index, String chat) {
        String before;
        try {
            before = template.render(messages.subList(0, index), true).text();
        } catch (PermanentException e) {
            if (index > 0) {
                throw e;
            }
            throw ambiguous(index, "begins"); // a template that refuses a chat without messages
        }
        // Nothing is a prefix of everything: then the message itself has to stand there.
        boolean shown = before.isEmpty() ? chat.startsWith(spoken(messages.get(index))) : chat.startsWith(before);
        if (!shown) {
            throw ambiguous(index, "begins");
        }
        return before.length();
    }

    /** What of a message every template keeps. */
    private static String spoken(ChatMessage message) {
        String content = message.content();
        int thought = content.lastIndexOf("</think>");
        return (thought < 0 ? content : content.substring(thought + "</think>".length())).strip();
    }

    private static PermanentException ambiguous(int index, String what) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail(
                        "the chat template does not show where message %d %s: what it renders of the messages before is"
                                + " no beginning of the whole chat",
                        index + 1, what)
                .remedy("mark the assistant's part with {%% generation %%} in a chat_template.jinja, begin the chat"
                        + " with a user message, or split it into records of one assistant message each"));
    }
}
