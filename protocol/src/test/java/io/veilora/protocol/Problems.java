package io.veilora.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts the code of a call's problem and that its exception is of the code's family; goes on with its message. */
public final class Problems {
    private Problems() {}

    public static AbstractStringAssert<?> assertProblem(ProblemCode code, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(VeiloraException.class);
        assertThat(((VeiloraException) thrown).problem().code()).isEqualTo(code);
        assertThat(thrown).isInstanceOf(code.retriable() ? RetriableException.class : PermanentException.class);
        return assertThat(thrown.getMessage());
    }
}
