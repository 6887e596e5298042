package io.veilora.functions.billing;

import io.veilora.functions.database.Database;
import io.veilora.functions.database.Session;
import io.veilora.protocol.account.UsageRecorded;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.step.CloudEvent;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Tells an external billing system of the ledger's entries, each at least once. An entry and the note that it is to be told
 * are written together; the note goes when the system has confirmed. Several replicas share the work: each takes notes that no other has locked.
 */
public final class UsageDelivery {
    private static final Logger LOG = Logger.getLogger(UsageDelivery.class);
    private static final int AT_ONCE = 100;
    private static final String TAKE =
            "SELECT tenant, step_id FROM usage_event ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED";

    private final Database database;
    private final UsageEndpoint endpoint;

    public UsageDelivery(Database database, UsageEndpoint endpoint) {
        this.database = database;
        this.endpoint = endpoint;
    }

    private record Note(String tenant, UUID stepId) {}

    /**
     * Delivers what is waiting, a number of entries at most.
     *
     * @return how many were confirmed
     * @throws io.veilora.protocol.problem.RetriableException if the database does not answer
     */
    public int deliver() {
        return database.transaction(session -> {
            List<Note> notes = session.list(TAKE, UsageDelivery::note, AT_ONCE);
            int confirmed = 0;
            for (Note note : notes) {
                if (!confirmed(session, note)) {
                    break; // it is away: the rest would fail too
                }
                session.update("DELETE FROM usage_event WHERE tenant = ? AND step_id = ?", note.tenant, note.stepId);
                confirmed++;
            }
            return confirmed;
        });
    }

    private boolean confirmed(Session session, Note note) throws SQLException {
        var entry = session.first(
                "SELECT * FROM step_usage WHERE tenant = ? AND step_id = ?",
                UsageDelivery::entry,
                note.tenant,
                note.stepId);
        if (entry.isEmpty()) {
            return true;
        }
        byte[] event = CloudEvent.encode(
                UsageRecorded.TYPE,
                "/veilora/tenants/" + note.tenant,
                note.stepId.toString(),
                note.stepId,
                entry.get());
        try {
            endpoint.send(event);
            return true;
        } catch (IOException e) {
            LOG.warnf("usage events wait, the billing system does not confirm them: %s", e.getMessage());
            return false;
        }
    }

    private static Note note(ResultSet row) throws SQLException {
        return new Note(row.getString("tenant"), row.getObject("step_id", UUID.class));
    }

    private static UsageRecorded entry(ResultSet row) throws SQLException {
        String run = row.getString("run");
        return new UsageRecorded(
                row.getObject("step_id", UUID.class),
                row.getString("tenant"),
                row.getString("model"),
                row.getString("layer"),
                Direction.parse(row.getString("direction")),
                run.isEmpty() ? null : run,
                row.getInt("tokens"),
                row.getLong("multiply_adds"),
                row.getLong("bytes_in"),
                row.getLong("bytes_out"),
                row.getLong("gemm_micros"),
                Session.time(row, "completed_at"));
    }
}
