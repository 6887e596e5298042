package io.veilora.functions.tenant;

import java.util.UUID;

/**
 * Who does something that the audit log keeps.
 *
 * @param tenant whose key it is
 * @param apiKey id of the key; null for one of the configuration
 * @param address where the request came from
 */
public record Actor(String tenant, UUID apiKey, String address) {}
