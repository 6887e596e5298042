package io.veilora.functions.account;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/** The query parameters of every list. */
final class Paging {
    static final String USUAL = "50";
    private static final int MOST = 500;

    private Paging() {}

    static int limit(int asked) {
        if (asked < 1 || asked > MOST) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_REQUEST).detail("limit: got %d, expected 1 to %d", asked, MOST));
        }
        return asked;
    }
}
