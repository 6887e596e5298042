package io.veilora.functions.step;

import io.veilora.protocol.problem.DiskFull;
import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * Tries a store's operation again after a short failure, three times in all. A full disk is not tried again: it would
 * only hold up the other steps.
 */
final class BoundedRetry {
    private static final int ATTEMPTS = 3;
    private static final long FIRST_PAUSE_MILLIS = 20;

    /** An operation of a store. */
    @FunctionalInterface
    interface Operation<T> {
        T run() throws IOException;
    }

    private BoundedRetry() {}

    static <T> T of(Operation<T> operation) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return operation.run();
            } catch (IOException e) {
                if (attempt == ATTEMPTS || DiskFull.isCauseOf(e)) {
                    throw e;
                }
                pause(FIRST_PAUSE_MILLIS << attempt - 1);
            }
        }
    }

    private static void pause(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while waiting to try again");
        }
    }
}
