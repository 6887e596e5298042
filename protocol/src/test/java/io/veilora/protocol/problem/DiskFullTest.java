package io.veilora.protocol.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskFullTest {
    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "There is not enough space on the disk", "Disk quota exceeded"})
    void everySystemsWordsAreUnderstood(String words) {
        assertThat(DiskFull.isCauseOf(new IOException(words))).isTrue();
        assertThat(DiskFull.isCauseOf(new IOException("not stored", new IOException(words))))
                .isTrue();
        assertThat(DiskFull.isCauseOf(new FileSystemException("/data/x", null, words)))
                .isTrue();
    }

    @Test
    void otherErrorsAreNotAFullDisk() {
        assertThat(DiskFull.isCauseOf(new IOException("Connection reset"))).isFalse();
        assertThat(DiskFull.isCauseOf(new IOException())).isFalse();
        assertThat(DiskFull.isCauseOf(new FileSystemException("/data/no space left", null, "Permission denied")))
                .isFalse();
        assertThat(DiskFull.isCauseOf(new FileSystemException("/data/x"))).isFalse();
    }

    @Test
    void theProblemNamesTheFileAndWhatToDo() {
        Problem problem = DiskFull.problem(new FileSystemException("/data/x", null, "No space left on device"));
        assertThat(problem.code()).isEqualTo(ProblemCode.DISK_FULL);
        assertThat(problem.retriable()).isFalse();
        assertThat(problem.message()).contains("/data/x", "free some space");
        assertThat(DiskFull.problem(new IOException("No space left on device")).message())
                .contains("writing a file");
    }
}
