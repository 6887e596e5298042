package io.veilora.functions.tenant;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Map;

/** Who runs the service, and how long what the database says of keys is believed. */
@ConfigMapping(prefix = "veilora.accounts")
public interface AccountsConfig {
    /** The first operators, by name; more are made with their keys. In the embedded shape empty means a generated key. */
    Map<String, Operator> operators();

    /** How long a revoked key may go on at other gateways. */
    @WithDefault("2s")
    Duration keyCache();

    interface Operator {
        /** SHA-256 of the API key in hexadecimal; the key itself is nowhere in the configuration. */
        String apiKeySha256();
    }
}
