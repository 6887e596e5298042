package io.veilora.client.files;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Tells a full disk from the other ways in which writing fails: Java gives only the system's message. */
final class IoProblems {
    private static final List<String> FULL =
            List.of("no space left on device", "disk quota exceeded", "not enough space on the disk");

    private IoProblems() {}

    /**
     * @param file what was being written
     * @return {@code failure} itself, unless the disk is full
     * @throws PermanentException {@link ProblemCode#DISK_FULL} naming the file
     */
    static IOException whenNotDiskFull(IOException failure, Path file) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (FULL.stream().anyMatch(message::contains)) {
            throw new PermanentException(
                    Problem.of(ProblemCode.DISK_FULL)
                            .detail("writing %s", file)
                            .remedy(
                                    "free some space and run the same command again: it goes on from the last checkpoint"),
                    failure);
        }
        return failure;
    }
}
