package io.veilora.functions.billing;

import io.smallrye.config.ConfigMapping;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Prices, and where an external billing system hears of usage. */
@ConfigMapping(prefix = "veilora.billing")
public interface BillingConfig {
    /** The price list, a JSON file; without one nothing has a price. */
    Optional<Path> prices();

    Events events();

    /** Usage as CloudEvents, one an entry of the ledger, at least once each. */
    interface Events {
        /** Where they are sent by HTTP; without it they are not. */
        Optional<URI> url();
    }
}
