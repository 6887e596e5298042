package io.veilora.functions.tenant;

import io.veilora.functions.database.Session;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.account.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The table of API keys. Every question names the tenant, but for that of a secret's digest. */
final class ApiKeyRows {
    private static final String INSERT = """
            INSERT INTO api_key (id, tenant, name, digest, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            """;
    private static final String VALID = """
            SELECT api_key.id, api_key.tenant, api_key.scopes, tenant.*
            FROM api_key JOIN tenant ON tenant.name = api_key.tenant
            WHERE digest = ? AND revoked_at IS NULL AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
            """;

    private ApiKeyRows() {}

    static void insert(Session session, ApiKeyAccount key, String digest) throws SQLException {
        session.update(
                INSERT,
                key.id(),
                key.tenant(),
                key.name(),
                digest,
                text(key.scopes()),
                Instant.parse(key.created()),
                key.expires() == null ? null : Instant.parse(key.expires()));
    }

    /** Whose secret it is now: neither revoked nor expired, of a tenant that is not disabled. */
    static Optional<Principal> principal(Session session, String digest) throws SQLException {
        return session.first(
                VALID,
                row -> new Principal(
                        row.getString("tenant"),
                        TenantRows.role(row),
                        scopes(row.getString("scopes")),
                        TenantRows.limits(row),
                        row.getObject("id", UUID.class)),
                digest,
                Instant.now());
    }

    static Optional<ApiKeyAccount> find(Session session, String tenant, UUID id) throws SQLException {
        return session.first("SELECT * FROM api_key WHERE tenant = ? AND id = ?", ApiKeyRows::account, tenant, id);
    }

    /** A tenant's keys, the oldest first, those after {@code created} and {@code id}. */
    static List<ApiKeyAccount> after(Session session, String tenant, Instant created, UUID id, int limit)
            throws SQLException {
        return session.list(
                "SELECT * FROM api_key WHERE tenant = ? AND (created_at > ? OR (created_at = ? AND id > ?))"
                        + " ORDER BY created_at, id LIMIT ?",
                ApiKeyRows::account,
                tenant,
                created,
                created,
                id,
                limit);
    }

    /** @return false if the tenant has no such key or it is revoked already */
    static boolean revoke(Session session, String tenant, UUID id) throws SQLException {
        return session.update(
                        "UPDATE api_key SET revoked_at = ? WHERE tenant = ? AND id = ? AND revoked_at IS NULL",
                        Instant.now(),
                        tenant,
                        id)
                == 1;
    }

    static void expire(Session session, UUID id, Instant at) throws SQLException {
        session.update("UPDATE api_key SET expires_at = ? WHERE id = ?", at, id);
    }

    static void used(Session session, UUID id) throws SQLException {
        session.update("UPDATE api_key SET last_used_at = ? WHERE id = ?", Instant.now(), id);
    }

    private static ApiKeyAccount account(ResultSet row) throws SQLException {
        return new ApiKeyAccount(
                row.getObject("id", UUID.class),
                row.getString("tenant"),
                row.getString("name"),
                scopes(row.getString("scopes")),
                Session.time(row, "created_at"),
                Session.time(row, "expires_at"),
                Session.time(row, "revoked_at"),
                Session.time(row, "last_used_at"));
    }

    private static String text(Set<Scope> scopes) {
        return scopes.stream().sorted().map(Scope::label).collect(Collectors.joining(" "));
    }

    private static Set<Scope> scopes(String text) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String label : text.split(" ")) {
            scopes.add(Scope.parse(label));
        }
        return scopes;
    }
}
