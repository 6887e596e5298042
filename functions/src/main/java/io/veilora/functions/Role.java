package io.veilora.functions;

/** What one process does of the provider's work (DESIGN §6). Every role is the same program. */
public enum Role {
    /** Everything in one process. */
    ALL,

    /** Serves HTTP and hears results; computes nothing. */
    GATEWAY,

    /** Takes steps from the topic and computes them; serves health and metrics only. */
    FUNCTION;

    public boolean isGateway() {
        return this != FUNCTION;
    }

    public boolean isFunction() {
        return this != GATEWAY;
    }
}
