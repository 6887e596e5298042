package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Set;
import java.util.UUID;

/**
 * An API key without its secret. All times are RFC 3339.
 *
 * @param name for people
 * @param expires null for never
 * @param revoked null while it works
 * @param lastUsed to about a minute; null if never
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApiKeyAccount(
        UUID id,
        String tenant,
        String name,
        Set<Scope> scopes,
        String created,
        String expires,
        String revoked,
        String lastUsed) {
    /**
     * A key to create.
     *
     * @param scopes null for those of a data owner: steps, models and usage
     * @param expires RFC 3339, null for never
     */
    public record Wanted(String name, Set<Scope> scopes, String expires) {
        public Wanted {
            scopes = scopes == null ? Set.of(Scope.STEPS, Scope.MODELS, Scope.USAGE) : Set.copyOf(scopes);
        }
    }

    /**
     * A key that was just made.
     *
     * @param secret shown this once; null when the request is a repetition of one that was answered before
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Created(ApiKeyAccount key, String secret) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Created[key=" + key + "]";
        }
    }
}
