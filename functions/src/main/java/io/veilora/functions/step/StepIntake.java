package io.veilora.functions.step;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.ProviderConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Whether this replica takes steps. One that is asked to stop finishes the batch that it computes and begins no other: what
 * it was given beyond that stays unacknowledged, and goes to the replica that gets its partitions.
 */
@ApplicationScoped
public class StepIntake {
    private static final Logger LOG = Logger.getLogger(StepIntake.class);

    private final Duration patience;
    private boolean stopping;
    private int inHand;

    StepIntake(ProviderConfig config) {
        this.patience = config.steps().drainPatience();
    }

    /** There from the start, not from the first step on. */
    void start(@Observes StartupEvent event, ProviderConfig config, MeterRegistry registry) {
        if (config.role().isFunction()) {
            registry.gauge("veilora.steps.in.hand", this, StepIntake::inHand);
        }
    }

    /** @param steps of a batch @return whether it may begin; then {@link #end} ends it */
    synchronized boolean begin(int steps) {
        if (stopping) {
            return false;
        }
        inHand = steps;
        return true;
    }

    synchronized void end() {
        inHand = 0;
        notifyAll();
    }

    /** Steps of the batch that is computed now. */
    synchronized int inHand() {
        return inHand;
    }

    /** While broker, stores and ledger are still there. */
    synchronized void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping = true;
        long end = System.nanoTime() + patience.toNanos();
        while (inHand > 0) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                LOG.warnf("%d steps were not done within %d s: others will compute them", inHand, patience.toSeconds());
                return;
            }
            wait(left);
        }
    }
}
