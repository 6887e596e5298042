package io.veilora.client.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExactMatchTest {
    private static Answer answer(String expected, String got) {
        return new Answer(7, expected, got);
    }

    @Test
    void whiteSpaceDoesNotCount() {
        assertThat(answer("Name: A\nAge: 7\n", " Name:  A\n\n\tAge: 7").exact()).isTrue();
        assertThat(answer("a\u00a0b", "a b").exact()).isTrue();
        assertThat(answer("a b", "ab").exact()).isFalse();
        assertThat(answer("a", "A").exact()).isFalse();
        assertThat(answer("", " \n").exact()).isTrue();
    }

    @Test
    void linesCountAtTheirPlaceAndTooManyAreWrong() {
        Answer answer = answer("Name: A\nAge: 7\nPlan: x\n", "Name: A\n\n Age:  8\nPlan: x\nPlan: x\n");
        assertThat(answer.sameLines()).isEqualTo(2);
        assertThat(answer.mostLines()).isEqualTo(4);
        assertThat(answer("a\nb", "b\na").sameLines()).isZero();
        assertThat(answer("a\nb\nc", "a").mostLines()).isEqualTo(3);
    }

    @Test
    void countsRecordsAndLines() {
        ExactMatch match = ExactMatch.of(
                List.of(answer("a\nb", "a\nb"), answer("a\nb", "a\nc"), answer("a", "a "), answer("x", "")));
        assertThat(match).isEqualTo(new ExactMatch(4, 2, 0.5, 6, 4, 4.0 / 6));
    }

    @Test
    void noLineAtAllIsAllLines() {
        assertThat(ExactMatch.of(List.of(answer("", ""))).lineShare()).isEqualTo(1);
    }

    @Test
    void anAnswerIsNotPrinted() {
        assertThat(answer("secret", "secret")).hasToString("Answer[line 7]");
    }
}
