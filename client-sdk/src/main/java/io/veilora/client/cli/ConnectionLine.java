package io.veilora.client.cli;

import io.veilora.client.transport.ConnectionListener;
import io.veilora.protocol.problem.Problem;
import java.net.URI;
import java.time.Duration;

/** Says on standard error that the provider is away, now and then how long, and that it is back. */
final class ConnectionLine implements ConnectionListener {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final URI provider;
    private Duration lastSaid;

    ConnectionLine(URI provider) {
        this.provider = provider;
    }

    @Override
    public synchronized void waiting(Problem reason, Duration waited, Duration patience) {
        if (lastSaid != null && waited.minus(lastSaid).compareTo(BETWEEN_LINES) < 0) {
            return;
        }
        lastSaid = waited;
        System.err.printf(
                "%nwaiting for %s: %s (%d s, giving up after %d min; nothing is lost)%n",
                provider, reason.title(), waited.toSeconds(), patience.toMinutes());
    }

    @Override
    public synchronized void recovered(Duration waited) {
        if (lastSaid != null) {
            lastSaid = null;
            System.err.printf("%n%s answers again after %d s%n", provider, waited.toSeconds());
        }
    }
}
