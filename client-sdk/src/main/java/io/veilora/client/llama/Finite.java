package io.veilora.client.llama;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/** Stops a run whose numbers have become NaN or infinite, and says where they first did. */
final class Finite {
    private Finite() {}

    /** @throws PermanentException {@link ProblemCode#NOT_FINITE} naming {@code where} */
    static void require(float[] values, int count, String where, Object... arguments) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                throw notFinite(where, arguments);
            }
        }
    }

    /** @throws PermanentException {@link ProblemCode#NOT_FINITE} naming {@code where} */
    static void require(double value, String where, Object... arguments) {
        if (!Double.isFinite(value)) {
            throw notFinite(where, arguments);
        }
    }

    private static PermanentException notFinite(String where, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                .detail(where, arguments)
                .remedy("lower the learning rate and resume from the last checkpoint"));
    }
}
