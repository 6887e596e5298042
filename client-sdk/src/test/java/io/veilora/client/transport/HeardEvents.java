package io.veilora.client.transport;

import io.veilora.protocol.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a connection told. */
final class HeardEvents implements ConnectionListener {
    final List<Problem> reasons = new CopyOnWriteArrayList<>();
    final List<Duration> waits = new CopyOnWriteArrayList<>();
    final List<Duration> recoveries = new CopyOnWriteArrayList<>();

    @Override
    public void waiting(Problem reason, Duration waited, Duration patience) {
        reasons.add(reason);
        waits.add(waited);
    }

    @Override
    public void recovered(Duration waited) {
        recoveries.add(waited);
    }
}
