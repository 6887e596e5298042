package io.veilora.client.transport;

import io.veilora.protocol.problem.Problem;
import java.time.Duration;

/** Told when the provider cannot be reached and when it is back, so that a person sees why nothing moves. */
public interface ConnectionListener {
    /** Nobody listens. */
    ConnectionListener SILENT = new ConnectionListener() {
        @Override
        public void waiting(Problem reason, Duration waited, Duration patience) {}

        @Override
        public void recovered(Duration waited) {}
    };

    /**
     * A call failed and will be tried again.
     *
     * @param waited since the first failure
     * @param patience after which the client gives up
     */
    void waiting(Problem reason, Duration waited, Duration patience);

    /** The provider answers again. */
    void recovered(Duration waited);
}
