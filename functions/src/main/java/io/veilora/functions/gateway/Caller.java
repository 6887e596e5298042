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

    /** Microseconds since the request came in. */
    long elapsedMicros() {
        return (System.nanoTime() - startNanos) / 1000;
    }
}
