package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.UUID;

/**
 * Who did what, when, from where. Never a secret.
 *
 * @param at RFC 3339
 * @param actor tenant whose key was used
 * @param apiKey id of that key; null for one of the configuration
 * @param action as in {@code key.create}
 * @param subject what it was done to
 * @param detail what about it; null if there is nothing to say
 * @param address the caller's, as the gateway saw it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AuditEntry(
        long id, String at, String actor, UUID apiKey, String action, String subject, String detail, String address) {}
