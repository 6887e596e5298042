package io.veilora.client.cli;

import io.veilora.client.text.Conversation;
import io.veilora.client.text.Generation;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;

/** Reads what the user says, a line a turn, and prints the answers as they come, until {@code /quit} or the end of input. */
final class ChatLoop {
    static final String QUIT = "/quit";
    static final String NEW = "/new";

    private final Conversation conversation;
    private final BufferedReader in;
    private final PrintWriter out;
    private final boolean terminal;

    /** @param terminal whether a person types, and wants to be asked */
    ChatLoop(Conversation conversation, BufferedReader in, PrintWriter out, boolean terminal) {
        this.conversation = conversation;
        this.in = in;
        this.out = out;
        this.terminal = terminal;
    }

    void run() throws IOException {
        for (String line = ask(); line != null && !line.strip().equals(QUIT); line = ask()) {
            if (line.strip().equals(NEW)) {
                conversation.restart();
            } else if (!line.isBlank()) {
                answer(line);
            }
        }
    }

    private String ask() throws IOException {
        if (terminal) {
            out.print("> ");
            out.flush();
        }
        return in.readLine();
    }

    private void answer(String line) {
        try {
            Generation answer = conversation.say(line, piece -> {
                out.print(piece);
                out.flush();
            });
            out.println(
                    answer.end() == Generation.End.CONTEXT ? " [the context is full: " + NEW + " begins again]" : "");
        } catch (PermanentException e) {
            if (!terminal || e.problem().code() != ProblemCode.INVALID_INPUT) {
                throw e;
            }
            out.println(e.getMessage()); // too much was said at once: the conversation is as it was before
        }
        out.flush();
    }
}
