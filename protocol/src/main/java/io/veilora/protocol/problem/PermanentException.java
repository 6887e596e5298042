package io.veilora.protocol.problem;

/** Trying again will not help: something has to change first. */
public final class PermanentException extends VeiloraException {
    public PermanentException(Problem problem) {
        this(problem, null);
    }

    public PermanentException(Problem problem, Throwable cause) {
        super(problem, cause);
    }
}
