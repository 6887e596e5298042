package io.veilora.functions.tenant;

import io.veilora.functions.database.Session;
import io.veilora.protocol.account.Role;
import io.veilora.protocol.account.TenantAccount;
import io.veilora.protocol.account.TenantLimits;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The table of tenants. */
final class TenantRows {
    private static final String INSERT_IF_ABSENT = """
            INSERT INTO tenant (name, role, created_at, steps_per_second, concurrent_steps, bytes_per_day, spend_per_month)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """;
    private static final String SET_LIMITS = """
            UPDATE tenant SET steps_per_second = ?, concurrent_steps = ?, bytes_per_day = ?, spend_per_month = ?
            WHERE name = ?
            """;

    private TenantRows() {}

    /** @return false if there is one of this name */
    static boolean insert(Session session, TenantAccount.Wanted wanted) throws SQLException {
        TenantLimits limits = wanted.limits();
        return session.update(
                        INSERT_IF_ABSENT,
                        wanted.name(),
                        wanted.role().label(),
                        Instant.now(),
                        limits.stepsPerSecond(),
                        limits.concurrentSteps(),
                        limits.bytesPerDay(),
                        limits.spendPerMonth())
                == 1;
    }

    static Optional<TenantAccount> find(Session session, String name) throws SQLException {
        return session.first("SELECT * FROM tenant WHERE name = ?", TenantRows::account, name);
    }

    /** In the order of their names, those after {@code name}. */
    static List<TenantAccount> after(Session session, String name, int limit) throws SQLException {
        return session.list(
                "SELECT * FROM tenant WHERE name > ? ORDER BY name LIMIT ?", TenantRows::account, name, limit);
    }

    /** @return false if there is none of this name */
    static boolean setLimits(Session session, String name, TenantLimits limits) throws SQLException {
        return session.update(
                        SET_LIMITS,
                        limits.stepsPerSecond(),
                        limits.concurrentSteps(),
                        limits.bytesPerDay(),
                        limits.spendPerMonth(),
                        name)
                == 1;
    }

    /** @param disabled null to let its keys work again */
    static boolean setDisabled(Session session, String name, Instant disabled) throws SQLException {
        return session.update("UPDATE tenant SET disabled_at = ? WHERE name = ?", disabled, name) == 1;
    }

    private static TenantAccount account(ResultSet row) throws SQLException {
        return new TenantAccount(
                row.getString("name"),
                role(row),
                Session.time(row, "created_at"),
                Session.time(row, "disabled_at"),
                limits(row));
    }

    static Role role(ResultSet row) throws SQLException {
        return Role.valueOf(row.getString("role").toUpperCase(Locale.ROOT));
    }

    static TenantLimits limits(ResultSet row) throws SQLException {
        BigDecimal spend = row.getBigDecimal("spend_per_month");
        return new TenantLimits(
                row.getObject("steps_per_second", Integer.class),
                row.getObject("concurrent_steps", Integer.class),
                row.getObject("bytes_per_day", Long.class),
                spend == null ? null : spend.stripTrailingZeros());
    }
}
