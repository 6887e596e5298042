package io.veilora.protocol.problem;

/** A {@link Problem} on its way to whoever can act on it; two families, retriable or not. */
public abstract sealed class VeiloraException extends RuntimeException permits RetriableException, PermanentException {
    private final transient Problem problem;

    VeiloraException(Problem problem, Throwable cause) {
        super(problem.message(), cause);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
