package io.veilora.functions.tenant;

import io.veilora.functions.database.Database;
import io.veilora.functions.database.Session;
import io.veilora.protocol.account.AuditEntry;
import io.veilora.protocol.account.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Who did what, when, from where. Entries are written in the transaction of what they tell of, and never changed. */
public final class AuditLog {
    private final Database database;

    public AuditLog(Database database) {
        this.database = database;
    }

    /**
     * Adds an entry.
     *
     * @param action as in {@code key.create}
     * @param detail null if there is nothing to say; never a secret
     */
    public void record(Session session, Actor actor, String action, String subject, String detail) throws SQLException {
        session.update(
                "INSERT INTO audit_entry (at, actor, api_key, action, subject, detail, address)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                Instant.now(),
                actor.tenant(),
                actor.apiKey(),
                action,
                subject,
                detail,
                actor.address());
    }

    /** The newest first. @param before entries older than this id */
    public Page<AuditEntry> page(long before, int limit) {
        List<AuditEntry> found = database.transaction(session -> session.list(
                "SELECT * FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT ?", AuditLog::entry, before, limit + 1));
        return Page.of(found, limit, entry -> Long.toString(entry.id()));
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getLong("id"),
                Session.time(row, "at"),
                row.getString("actor"),
                row.getObject("api_key", UUID.class),
                row.getString("action"),
                row.getString("subject"),
                row.getString("detail"),
                row.getString("address"));
    }
}
