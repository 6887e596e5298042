package io.veilora.client.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.data.TokenizedRecord;
import io.veilora.client.llama.PackedBatch;
import org.junit.jupiter.api.Test;

class ExerciseTest {
    private static final int NO = PackedBatch.IGNORE;

    private static Exercise exercise(int[] tokens, int[] labels) {
        return Exercise.of(new TokenizedRecord(3, tokens, labels));
    }

    @Test
    void everythingBeforeTheCompletionIsThePrompt() {
        Exercise exercise = exercise(new int[] {0, 10, 11, 20}, new int[] {NO, NO, 20, 1});
        assertThat(exercise.prompt()).containsExactly(0, 10, 11);
        assertThat(exercise.answer()).containsExactly(20, 1);
        assertThat(exercise.line()).isEqualTo(3);
    }

    @Test
    void ofAConversationTheLastAnswerIsAskedFor() {
        Exercise exercise = exercise(new int[] {0, 10, 20, 1, 11, 12, 21, 1}, new int[] {NO, 20, 1, NO, NO, 21, 1, NO});
        assertThat(exercise.prompt()).containsExactly(0, 10, 20, 1, 11, 12);
        assertThat(exercise.answer()).containsExactly(21, 1);
    }

    @Test
    void aRecordWithoutALabelHasNoAnswer() {
        assertThat(exercise(new int[] {0, 10}, new int[] {NO, NO}).answer()).isEmpty();
    }
}
