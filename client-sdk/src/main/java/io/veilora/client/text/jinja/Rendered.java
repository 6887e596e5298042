package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * What a template made.
 *
 * @param generations where its {@code generation} blocks are, in order; empty for a template without any
 */
public record Rendered(String text, List<Span> generations) {
    /** A part of a text, in chars. */
    public record Span(int from, int to) {}

    public Rendered {
        generations = List.copyOf(generations);
    }

    /** @param marked with {@link GenerationTag#START} and {@link GenerationTag#END} */
    static Rendered of(String marked) {
        StringBuilder text = new StringBuilder(marked.length());
        List<Span> generations = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < marked.length(); i++) {
            switch (marked.charAt(i)) {
                case GenerationTag.START -> from = text.length();
                case GenerationTag.END -> generations.add(new Span(from, text.length()));
                default -> text.append(marked.charAt(i));
            }
        }
        return new Rendered(text.toString(), generations);
    }

    /** The lengths only: the text is private. */
    @Override
    public String toString() {
        return "Rendered[" + text.length() + " chars, " + generations.size() + " generations]";
    }
}
