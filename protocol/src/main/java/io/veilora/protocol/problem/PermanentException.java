package io.veilora.protocol.problem;

/** Trying again will not help: something has to change first. */
public final class PermanentException extends VeiloraException {
    public PermanentException(Problem problem) {
        this(problem, null);
    }

    public PermanentException(Problem problem, Throwable cause) {
        super(problem, cause);
    }

    /** {@link ProblemCode#INVALID_REQUEST}; {@code detail} says what was got and expected. */
    public static PermanentException invalidRequest(String detail) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST).detail("%s", detail));
    }
}
