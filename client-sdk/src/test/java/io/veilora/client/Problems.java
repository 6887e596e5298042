package io.veilora.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts that a call fails for good with a problem of some code, and goes on with its message. */
public final class Problems {
    private Problems() {}

    public static AbstractStringAssert<?> assertProblem(ProblemCode code, ThrowingCallable call) {
        PermanentException problem = catchThrowableOfType(PermanentException.class, call);
        assertThat(problem).as("the problem").isNotNull();
        assertThat(problem.problem().code()).isEqualTo(code);
        return assertThat(problem.getMessage());
    }
}
