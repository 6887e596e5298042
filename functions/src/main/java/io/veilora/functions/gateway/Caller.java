package io.veilora.functions.gateway;

import jakarta.enterprise.context.RequestScoped;

/** Who sent this request, and when its first byte was here. */
@RequestScoped
public class Caller {
    private String tenant;
    private long startNanos;

    void authenticated(String name, long nanos) {
        tenant = name;
        startNanos = nanos;
    }

    String tenant() {
        return tenant;
    }

    /** {@link System#nanoTime} when it came in; read before waiting, the scope may end while a step is under way. */
    long startNanos() {
        return startNanos;
    }
}
