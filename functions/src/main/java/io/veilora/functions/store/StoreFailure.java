package io.veilora.functions.store;

import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;

/** Tells a client what a store's failure means for it: full or out of reach, both worth another try. */
public final class StoreFailure {
    private StoreFailure() {}

    public static Problem problem(IOException failure) {
        return DiskFull.isCauseOf(failure)
                ? Problem.of(ProblemCode.STORE_FULL).remedy("try again later; the provider has to free space")
                : Problem.of(ProblemCode.UNAVAILABLE)
                        .detail("the provider's store does not answer")
                        .remedy("try again");
    }
}
