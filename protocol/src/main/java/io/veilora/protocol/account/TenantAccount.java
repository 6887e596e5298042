package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A tenant as the operator sees it.
 *
 * @param created RFC 3339
 * @param disabled RFC 3339; null while its keys work
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TenantAccount(String name, Role role, String created, String disabled, TenantLimits limits) {
    /**
     * A tenant to create.
     *
     * @param role null for a tenant
     * @param limits null for none
     */
    public record Wanted(String name, Role role, TenantLimits limits) {
        public Wanted {
            role = role == null ? Role.TENANT : role;
            limits = limits == null ? TenantLimits.NONE : limits;
        }
    }
}
