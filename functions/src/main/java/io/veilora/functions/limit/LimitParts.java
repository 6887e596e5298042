package io.veilora.functions.limit;

import io.veilora.functions.billing.Bills;
import io.veilora.functions.database.Database;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Puts limits together from plain classes. */
final class LimitParts {
    private static final Duration SPENT_IS_BELIEVED = Duration.ofSeconds(10);

    @Produces
    @Singleton
    Admissions admissions(Database database) {
        return new Admissions(database);
    }

    @Produces
    @Singleton
    SpendLimit spend(Bills bills) {
        return new SpendLimit(bills, SPENT_IS_BELIEVED);
    }
}
