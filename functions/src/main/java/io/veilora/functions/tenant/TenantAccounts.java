package io.veilora.functions.tenant;

import io.veilora.functions.database.Database;
import io.veilora.functions.database.Session;
import io.veilora.functions.store.TenantName;
import io.veilora.protocol.account.Page;
import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.TenantAccount;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;

/** What the operator does with tenants; every change leaves an entry in the audit log. */
public final class TenantAccounts {
    private final Database database;
    private final AuditLog audit;

    public TenantAccounts(Database database, AuditLog audit) {
        this.database = database;
        this.audit = audit;
    }

    /**
     * Creates a tenant.
     *
     * @param idempotencyKey null for none
     * @throws PermanentException CONFLICT if there is one of this name
     */
    public TenantAccount create(Actor actor, TenantAccount.Wanted wanted, String idempotencyKey) {
        requireName(wanted.name());
        CreatedOnce once = new CreatedOnce(actor, idempotencyKey, digest(wanted));
        return database.transaction(session -> {
            if (once.earlier(session, wanted.name()).isEmpty()) {
                if (!TenantRows.insert(session, wanted)) {
                    throw new PermanentException(Problem.of(ProblemCode.CONFLICT)
                            .detail("tenant: there is one called '%s'", wanted.name())
                            .remedy("choose another name, or change the limits of that one"));
                }
                audit.record(session, actor, "tenant.create", wanted.name(), describe(wanted.role(), wanted.limits()));
            }
            return require(session, wanted.name());
        });
    }

    /** @throws PermanentException UNKNOWN_ACCOUNT */
    public TenantAccount get(String name) {
        return database.transaction(session -> require(session, name));
    }

    /** @param after a name, or the empty string for the first page */
    public Page<TenantAccount> page(String after, int limit) {
        return Page.of(
                database.transaction(session -> TenantRows.after(session, after, limit + 1)),
                limit,
                TenantAccount::name);
    }

    /** Replaces all limits. @throws PermanentException UNKNOWN_ACCOUNT */
    public TenantAccount setLimits(Actor actor, String name, TenantLimits limits) {
        return database.transaction(session -> {
            Role role = require(session, name).role();
            TenantRows.setLimits(session, name, limits);
            audit.record(session, actor, "tenant.limits", name, describe(role, limits));
            return require(session, name);
        });
    }

    /** Lets no key of the tenant work any more, or all valid ones again. @throws PermanentException UNKNOWN_ACCOUNT */
    public TenantAccount setEnabled(Actor actor, String name, boolean enabled) {
        return database.transaction(session -> {
            require(session, name);
            TenantRows.setDisabled(session, name, enabled ? null : Instant.now());
            audit.record(session, actor, enabled ? "tenant.enable" : "tenant.disable", name, null);
            return require(session, name);
        });
    }

    static TenantAccount require(Session session, String name) throws SQLException {
        return TenantRows.find(session, name).orElseThrow(() -> unknown("tenant", name));
    }

    static PermanentException unknown(String kind, Object name) {
        return new PermanentException(Problem.of(ProblemCode.UNKNOWN_ACCOUNT)
                .detail("%s: got '%.100s'", kind, name)
                .remedy("'veilora tenants list' and 'veilora keys list' show those that are here"));
    }

    private static void requireName(String name) {
        try {
            TenantName.require(name);
        } catch (IllegalArgumentException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                    .detail("%s", e.getMessage())
                    .remedy("use lower-case letters, digits and hyphens, at most 63"));
        }
    }

    private static String digest(TenantAccount.Wanted wanted) {
        return Sha256.hex(("tenant " + wanted).getBytes(StandardCharsets.UTF_8));
    }

    private static String describe(Role role, TenantLimits limits) {
        return "role " + role.label() + ", steps/s " + limits.stepsPerSecond() + ", concurrent "
                + limits.concurrentSteps() + ", bytes/day " + limits.bytesPerDay() + ", spend/month "
                + limits.spendPerMonth();
    }
}
