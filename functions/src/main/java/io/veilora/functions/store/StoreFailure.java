package io.veilora.functions.store;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;

/** Tells a client what a store's failure means for it: full or out of reach, both worth another try. */
public final class StoreFailure {
    private StoreFailure() {}

    public static Problem problem(IOException failure) {
        return isFull(failure)
                ? Problem.of(ProblemCode.STORE_FULL).remedy("try again later; the provider has to free space")
                : Problem.of(ProblemCode.UNAVAILABLE)
                        .detail("the provider's store does not answer")
                        .remedy("try again");
    }

    /** Whether the disk, or the quota on it, is used up (ENOSPC, EDQUOT): waiting a moment will not help. */
    public static boolean isFull(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("No space left on device")
                    || message.contains("Disk quota exceeded")
                    || message.contains("not enough space on the disk")) {
                return true;
            }
        }
        return false;
    }
}
