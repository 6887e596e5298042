package io.veilora.functions.store;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.veilora.functions.ProviderConfig;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Deletes expired blobs now and then. Several replicas may do it at once: deleting twice is deleting. */
@ApplicationScoped
public class BlobSweep {
    private static final Logger LOG = Logger.getLogger(BlobSweep.class);

    private final BlobExpiry expiry;
    private final Duration age;

    BlobSweep(BlobExpiry expiry, ProviderConfig config) {
        this.expiry = expiry;
        this.age = config.blobs().expiry();
    }

    @Scheduled(every = "5m", delayed = "1m", concurrentExecution = ConcurrentExecution.SKIP)
    void sweep() {
        try {
            expiry.sweep(Instant.now().minus(age));
        } catch (IOException e) {
            LOG.warn("expired blobs cannot be deleted; the next sweep tries again", e);
        }
    }
}
