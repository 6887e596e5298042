package io.veilora.protocol.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static final Problem KNOWN = Problem.of(ProblemCode.UNKNOWN_MODEL)
            .detail("model: got 'x'")
            .remedy("import it")
            .step("s-1");

    @Test
    void aKnownProblemIsToldAsItIs() {
        assertThat(Failures.problem(new PermanentException(KNOWN))).isEqualTo(KNOWN);
        assertThat(Failures.lines(KNOWN))
                .containsExactly("  what:   model: got 'x'", "  remedy: import it", "  step:   s-1");
        assertThat(Failures.lines(Problem.of(ProblemCode.INTERNAL))).isEmpty();
    }

    @Test
    void aFullDiskIsOneAlsoBehindAnUncheckedException() {
        IOException full = new FileSystemException("/data/x", null, "No space left on device");
        Problem problem = Failures.problem(new UncheckedIOException(full));
        assertThat(problem.code()).isEqualTo(ProblemCode.DISK_FULL);
        assertThat(problem.detail()).contains("/data/x");
    }

    @Test
    void filesAndArgumentsAreInvalidInputWithWhatIsWrong() {
        assertThat(Failures.problem(new NoSuchFileException("notes.jsonl")).detail())
                .contains("NoSuchFileException", "notes.jsonl");
        assertThat(Failures.problem(new IllegalArgumentException("rank: got 0")))
                .extracting(Problem::code, Problem::detail)
                .containsExactly(ProblemCode.INVALID_INPUT, "rank: got 0");
    }

    @Test
    void whatNobodyForesawIsNamedByItsTypeAlone() {
        Problem problem = Failures.problem(new IllegalStateException("a private text"));
        assertThat(problem.code()).isEqualTo(ProblemCode.INTERNAL);
        assertThat(problem.message()).contains("IllegalStateException").doesNotContain("a private text");
    }
}
