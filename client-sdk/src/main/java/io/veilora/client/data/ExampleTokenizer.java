package io.veilora.client.data;

import io.veilora.client.text.ChatTemplate;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.text.jinja.Rendered;
import io.veilora.client.text.jinja.Rendered.Span;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;

/** Tokens and labels of an example. */
final class ExampleTokenizer {
    private final Tokenizer tokenizer;
    private final LocalDate today;
    private ChatTemplate chatTemplate; // opened with the first chat

    ExampleTokenizer(Tokenizer tokenizer, LocalDate today) {
        this.tokenizer = tokenizer;
        this.today = today;
    }

    TokenizedRecord tokenize(Path file, Example example) throws IOException {
        return switch (example) {
            case DataRecord record -> tokenize(file, record);
            case ChatRecord record -> tokenize(file, record);
            case TextRecord record -> tokenize(record);
        };
    }

    private TokenizedRecord tokenize(Path file, DataRecord record) {
        int[] completion = tokenizer.encode(record.completion());
        if (completion.length == 0) {
            throw DataFile.bad(file, record.line(), "has no completion tokens");
        }
        return TokenizedRecord.of(
                record.line(),
                tokenizer.special().bos(),
                tokenizer.encode(record.prompt()),
                completion,
                tokenizer.special().eos());
    }

    /** {@code bos text eos}, everything learnt. */
    private TokenizedRecord tokenize(TextRecord record) {
        int[] text = tokenizer.encode(record.text());
        boolean withBos = tokenizer.special().bos().isPresent();
        int[] whole = new int[text.length + (withBos ? 2 : 1)];
        tokenizer.special().bos().ifPresent(id -> whole[0] = id);
        System.arraycopy(text, 0, whole, withBos ? 1 : 0, text.length);
        whole[whole.length - 1] = tokenizer.special().eos();
        boolean[] learnt = new boolean[whole.length];
        Arrays.fill(learnt, true);
        return TokenizedRecord.of(record.line(), whole, learnt);
    }

    /** The template's own tokens; what the assistant says is learnt. */
    private TokenizedRecord tokenize(Path file, ChatRecord record) throws IOException {
        Rendered chat;
        List<Span> turns;
        try {
            if (chatTemplate == null) {
                chatTemplate = tokenizer.chatTemplate(today);
            }
            chat = chatTemplate.render(record.messages(), false);
            turns = new AssistantTurns(chatTemplate, record.messages(), eosText()).in(chat);
        } catch (PermanentException e) {
            Problem problem = e.problem();
            throw new PermanentException(problem.detail("%s, line %d: %s", file, record.line(), problem.detail()));
        }
        Tokenizer.Located located = tokenizer.locate(chat.text());
        boolean[] learnt = new boolean[located.ids().length];
        for (int i = 0; i < learnt.length; i++) {
            int start = located.starts()[i];
            learnt[i] = i > 0 && turns.stream().anyMatch(turn -> turn.from() <= start && start < turn.to());
        }
        TokenizedRecord tokenized = learnt.length < 2 ? null : TokenizedRecord.of(record.line(), located.ids(), learnt);
        if (tokenized == null || tokenized.labelCount() == 0) {
            throw DataFile.bad(file, record.line(), "has no assistant message to learn");
        }
        return tokenized;
    }

    private String eosText() {
        return tokenizer.decodeWithSpecialTokens(new int[] {tokenizer.special().eos()});
    }
}
