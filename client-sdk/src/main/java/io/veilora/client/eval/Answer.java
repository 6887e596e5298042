package io.veilora.client.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What the model answered to a record's prompt, and what the record says. Texts are compared with every run of white
 * space as one space and none at the ends; lines are compared in the same way, blank ones left out.
 *
 * @param line line in its file, from 1
 */
public record Answer(int line, String expected, String got) {

    /** Whether the texts are the same. */
    @JsonProperty
    public boolean exact() {
        return normalized(expected).equals(normalized(got));
    }

    /** Lines that are the same at the same place. */
    public int sameLines() {
        List<String> one = lines(expected);
        List<String> other = lines(got);
        int same = 0;
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            same += one.get(i).equals(other.get(i)) ? 1 : 0;
        }
        return same;
    }

    /** Lines of the longer of the two texts: a line too many is as wrong as one that is missing. */
    public int mostLines() {
        return Math.max(lines(expected).size(), lines(got).size());
    }

    private static List<String> lines(String text) {
        return text.lines()
                .filter(line -> !line.isBlank())
                .map(Answer::normalized)
                .toList();
    }

    private static String normalized(String text) {
        return text.strip().replaceAll("(?U)\\s+", " ");
    }

    /** The line only: the texts are private. */
    @Override
    public String toString() {
        return "Answer[line " + line + "]";
    }
}
