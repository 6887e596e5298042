package io.veilora.functions.billing;

import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.database.Database;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Puts billing together from plain classes. */
final class BillingParts {
    @Produces
    @Singleton
    PriceFile prices(BillingConfig config) {
        return new PriceFile(config.prices().orElse(null));
    }

    /** A wrong price list stops the start: it would be found at the first bill otherwise. */
    void check(@Observes StartupEvent event, PriceFile prices) {
        prices.current();
    }

    @Produces
    @Singleton
    Bills bills(Database database, PriceFile prices) {
        return new Bills(new UsageTotals(database), prices);
    }

    @Produces
    @Singleton
    Quotes quotes(PriceFile prices) {
        return new Quotes(prices);
    }
}
