package io.veilora.protocol.problem;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Locale;

/** Tells a full disk from other I/O errors: Java has no type for it, only the system's words. */
public final class DiskFull {
    private DiskFull() {}

    /** Whether the disk, or the quota on it, is used up (ENOSPC, EDQUOT), here or in a cause: waiting will not help. */
    public static boolean isCauseOf(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (saysFull(cause)) {
                return true;
            }
        }
        return false;
    }

    private static boolean saysFull(Throwable failure) {
        String reason = failure instanceof FileSystemException e && e.getReason() != null
                ? e.getReason()
                : String.valueOf(failure.getMessage());
        String words = reason.toLowerCase(Locale.ROOT);
        return words.contains("no space left")
                || words.contains("not enough space")
                || words.contains("quota exceeded");
    }

    /** The problem for a full disk at a command line, of either side; names the file if the system did. */
    public static Problem problem(IOException failure) {
        String file = failure instanceof FileSystemException e ? e.getFile() : null;
        return Problem.of(ProblemCode.DISK_FULL)
                .detail("writing %s: no space left on the device", file == null ? "a file" : file)
                .remedy("free some space and run the same command again; what was saved before is intact");
    }
}
