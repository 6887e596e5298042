package io.veilora.functions.billing;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.veilora.functions.database.Database;
import io.veilora.protocol.problem.RetriableException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import org.jboss.logging.Logger;

/** Delivers usage events every few seconds, where that is configured. */
@ApplicationScoped
public class UsageDeliveryTimer {
    private static final Logger LOG = Logger.getLogger(UsageDeliveryTimer.class);

    private final BillingConfig config;
    private final Instance<Database> database;
    private UsageDelivery delivery;

    UsageDeliveryTimer(BillingConfig config, Instance<Database> database) {
        this.config = config;
        this.database = database;
    }

    @Scheduled(every = "2s", delayed = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void deliver() {
        if (config.events().url().isEmpty()) {
            return;
        }
        if (delivery == null) {
            delivery = new UsageDelivery(
                    database.get(), new UsageEndpoint(config.events().url().get()));
        }
        try {
            while (delivery.deliver() > 0) {
                // more may be waiting
            }
        } catch (RetriableException e) {
            LOG.warnf("usage events wait: %s", e.getMessage());
        }
    }
}
