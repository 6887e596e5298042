package io.veilora.runtime;

/** An engine cannot work here; the message is one line that says why and, where there is one, the remedy. */
public final class EngineUnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    EngineUnavailableException(String reason) {
        super(reason);
    }
}
