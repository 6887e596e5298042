package io.veilora.functions.tenant;

import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.account.TenantLimits;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

/**
 * Who is behind a request.
 *
 * @param apiKey id of the key; null for one of the configuration, and for a token of an identity provider
 */
public record Principal(String tenant, Role role, Set<Scope> scopes, TenantLimits limits, UUID apiKey) {
    /** Everything but the management of keys. */
    public static final Set<Scope> DATA_OWNER = Set.copyOf(EnumSet.of(Scope.STEPS, Scope.MODELS, Scope.USAGE));

    /** A tenant with a key in the configuration: without limits. */
    public static Principal configuredTenant(String tenant) {
        return new Principal(tenant, Role.TENANT, DATA_OWNER, TenantLimits.NONE, null);
    }

    /** An operator with a key in the configuration. */
    public static Principal configuredOperator(String name) {
        return new Principal(
                name, Role.OPERATOR, Set.of(Scope.ADMIN, Scope.MODELS, Scope.USAGE), TenantLimits.NONE, null);
    }
}
