package io.veilora.client.eval;

import java.util.List;

/**
 * How often greedy answers are those of the records.
 *
 * @param records answered
 * @param exact of these, the same text but for white space
 * @param share exact/records, in [0, 1]
 * @param lines of all texts, in each record those of the longer one
 * @param sameLines of these, the same line at the same place
 * @param lineShare sameLines/lines, in [0, 1]; 1 when there is no line at all
 */
public record ExactMatch(long records, long exact, double share, long lines, long sameLines, double lineShare) {

    /** @param answers at least one */
    public static ExactMatch of(List<Answer> answers) {
        long exact = answers.stream().filter(Answer::exact).count();
        long lines = answers.stream().mapToLong(Answer::mostLines).sum();
        long same = answers.stream().mapToLong(Answer::sameLines).sum();
        return new ExactMatch(
                answers.size(),
                exact,
                (double) exact / answers.size(),
                lines,
                same,
                lines == 0 ? 1 : (double) same / lines);
    }
}
