package io.veilora.protocol.problem;

/** Sending the identical bytes again can succeed. */
public final class RetriableException extends VeiloraException {
    public RetriableException(Problem problem) {
        this(problem, null);
    }

    public RetriableException(Problem problem, Throwable cause) {
        super(problem, cause);
    }
}
