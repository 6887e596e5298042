package io.veilora.client.text;

/**
 * One turn of a chat.
 *
 * @param role as the model's template knows it, usually {@code system}, {@code user} or {@code assistant}
 */
public record ChatMessage(String role, String content) {
    public static final String ASSISTANT = "assistant";

    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }

    /** The role only: the content is private. */
    @Override
    public String toString() {
        return "ChatMessage[" + role + "]";
    }
}
