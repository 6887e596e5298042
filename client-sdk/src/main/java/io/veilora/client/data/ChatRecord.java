package io.veilora.client.data;

import io.veilora.client.text.ChatMessage;
import java.util.List;

/**
 * A chat of which every assistant turn is learnt.
 *
 * @param line line in its file, from 1
 */
public record ChatRecord(int line, List<ChatMessage> messages) implements Example {
    public ChatRecord {
        messages = List.copyOf(messages);
    }

    /** The line only: the texts are private. */
    @Override
    public String toString() {
        return "ChatRecord[line " + line + "]";
    }
}
