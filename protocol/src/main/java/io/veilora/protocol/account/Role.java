package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a tenant is to the provider. */
public enum Role {
    /** Sends steps and pays for them; sees nothing but its own. */
    TENANT,
    /** Runs the service: tenants, keys, limits, everybody's usage, the audit log. */
    OPERATOR;

    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
