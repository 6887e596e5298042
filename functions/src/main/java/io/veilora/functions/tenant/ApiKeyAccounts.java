package io.veilora.functions.tenant;

import io.veilora.functions.database.Database;
import io.veilora.functions.database.Session;
import io.veilora.protocol.account.ApiKeyAccount;
import io.veilora.protocol.account.Page;
import io.veilora.protocol.account.Scope;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.TreeSet;
import java.util.UUID;

/** What is done with the API keys of one tenant; every change leaves an entry in the audit log. */
public final class ApiKeyAccounts {
    /** How long a key goes on after its rotation, unless somebody says otherwise. */
    public static final Duration USUAL_OVERLAP = Duration.ofHours(24);

    private static final int LONGEST_NAME = 100;

    private final Database database;
    private final AuditLog audit;
    private final KeyDirectory directory;

    public ApiKeyAccounts(Database database, AuditLog audit, KeyDirectory directory) {
        this.database = database;
        this.audit = audit;
        this.directory = directory;
    }

    /**
     * Makes a key.
     *
     * @param idempotencyKey null for none; a repetition gets the key without its secret, which is kept nowhere
     * @throws PermanentException UNKNOWN_ACCOUNT if there is no such tenant, INVALID_REQUEST for a name or time that is none
     */
    public ApiKeyAccount.Created create(
            Actor actor, String tenant, ApiKeyAccount.Wanted wanted, String idempotencyKey) {
        String expires = checked(wanted);
        CreatedOnce once = new CreatedOnce(actor, idempotencyKey, digest(tenant, wanted));
        return database.transaction(session -> {
            TenantAccounts.require(session, tenant);
            UUID id = UUID.randomUUID();
            var earlier = once.earlier(session, id.toString());
            if (earlier.isPresent()) {
                return new ApiKeyAccount.Created(require(session, tenant, UUID.fromString(earlier.get())), null);
            }
            ApiKeyAccount key =
                    new ApiKeyAccount(id, tenant, wanted.name(), wanted.scopes(), now(), expires, null, null);
            return insert(session, actor, key, "key.create");
        });
    }

    /**
     * Makes another key like one that is there, which then goes on for {@code overlap}: both work meanwhile.
     *
     * @param idempotencyKey as in {@link #create}
     * @throws PermanentException UNKNOWN_ACCOUNT if the tenant has no such key, CONFLICT if it is revoked
     */
    public ApiKeyAccount.Created rotate(Actor actor, String tenant, UUID id, Duration overlap, String idempotencyKey) {
        CreatedOnce once = new CreatedOnce(
                actor, idempotencyKey, Sha256.hex(("rotation " + id + " " + overlap).getBytes(StandardCharsets.UTF_8)));
        ApiKeyAccount.Created made = database.transaction(session -> {
            ApiKeyAccount old = require(session, tenant, id);
            if (old.revoked() != null) {
                throw new PermanentException(Problem.of(ProblemCode.CONFLICT)
                        .detail("API key %s is revoked", id)
                        .remedy("create a new one"));
            }
            UUID follower = UUID.randomUUID();
            var earlier = once.earlier(session, follower.toString());
            if (earlier.isPresent()) {
                return new ApiKeyAccount.Created(require(session, tenant, UUID.fromString(earlier.get())), null);
            }
            Instant end = Instant.now().plus(overlap);
            if (old.expires() == null || Instant.parse(old.expires()).isAfter(end)) {
                ApiKeyRows.expire(session, id, end);
            }
            ApiKeyAccount key =
                    new ApiKeyAccount(follower, tenant, old.name(), old.scopes(), now(), old.expires(), null, null);
            audit.record(session, actor, "key.rotate", id.toString(), "ends " + end + ", follows " + key.id());
            return insert(session, actor, key, "key.create");
        });
        directory.forget();
        return made;
    }

    /** Ends a key at once here, at other gateways when they look again. @throws PermanentException UNKNOWN_ACCOUNT */
    public ApiKeyAccount revoke(Actor actor, String tenant, UUID id) {
        ApiKeyAccount revoked = database.transaction(session -> {
            require(session, tenant, id);
            if (ApiKeyRows.revoke(session, tenant, id)) {
                audit.record(session, actor, "key.revoke", id.toString(), "of " + tenant);
            }
            return require(session, tenant, id);
        });
        directory.forget();
        return revoked;
    }

    /** @param after an earlier page's cursor, or null for the first page */
    public Page<ApiKeyAccount> page(String tenant, String after, int limit) {
        Cursor cursor = Cursor.parse(after);
        return Page.of(
                database.transaction(
                        session -> ApiKeyRows.after(session, tenant, cursor.created, cursor.id, limit + 1)),
                limit,
                key -> key.created() + "_" + key.id());
    }

    /** Where a page ends: creation and id of its last key. */
    private record Cursor(Instant created, UUID id) {
        static Cursor parse(String text) {
            if (text == null || text.isEmpty()) {
                return new Cursor(Instant.EPOCH, new UUID(0, 0));
            }
            try {
                String[] parts = text.split("_", 2);
                return new Cursor(Instant.parse(parts[0]), UUID.fromString(parts[1]));
            } catch (DateTimeParseException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                        .detail("cursor: expected one that an earlier page gave as 'next'"));
            }
        }
    }

    private ApiKeyAccount.Created insert(Session session, Actor actor, ApiKeyAccount key, String action)
            throws SQLException {
        ApiKeySecret secret = ApiKeySecret.make();
        ApiKeyRows.insert(session, key, secret.digest());
        String scopes = String.join(
                " ", new TreeSet<>(key.scopes()).stream().map(Scope::label).toList());
        audit.record(session, actor, action, key.id().toString(), "of " + key.tenant() + ", scopes " + scopes);
        return new ApiKeyAccount.Created(key, secret.text());
    }

    private static ApiKeyAccount require(Session session, String tenant, UUID id) throws SQLException {
        return ApiKeyRows.find(session, tenant, id).orElseThrow(() -> TenantAccounts.unknown("API key", id));
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS).toString();
    }

    /** @return the time of expiry in its usual form, or null */
    private static String checked(ApiKeyAccount.Wanted wanted) {
        if (wanted.name() == null || wanted.name().isBlank() || wanted.name().length() > LONGEST_NAME) {
            throw PermanentException.invalidRequest("name: expected 1 to " + LONGEST_NAME + " characters");
        }
        if (wanted.scopes().isEmpty()) {
            throw PermanentException.invalidRequest("scopes: expected one at least");
        }
        if (wanted.expires() == null) {
            return null;
        }
        try {
            Instant expires = Instant.parse(wanted.expires()).truncatedTo(ChronoUnit.MICROS);
            if (expires.isBefore(Instant.now())) {
                throw PermanentException.invalidRequest("expires: got a time that is over");
            }
            return expires.toString();
        } catch (DateTimeParseException e) {
            throw PermanentException.invalidRequest("expires: expected RFC 3339, as in 2027-01-31T00:00:00Z");
        }
    }

    private static String digest(String tenant, ApiKeyAccount.Wanted wanted) {
        String asked =
                "key " + tenant + " " + wanted.name() + " " + new TreeSet<>(wanted.scopes()) + " " + wanted.expires();
        return Sha256.hex(asked.getBytes(StandardCharsets.UTF_8));
    }
}
