package io.veilora.functions.ledger;

import io.veilora.protocol.step.StepRequested;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import javax.sql.DataSource;

/** One row a step, written once however often the step is delivered: the tenant and the step id are the primary key. */
public final class UsageLedger {
    /** The same statement for PostgreSQL and for H2 in PostgreSQL mode. */
    private static final String INSERT_IF_ABSENT = """
            INSERT INTO step_usage (step_id, tenant, model, layer, direction, tokens, multiply_adds,
                                    bytes_in, bytes_out, gemm_micros, completed_at, run)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """;

    private static final String NOTE_IF_ABSENT =
            "INSERT INTO usage_event (tenant, step_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";

    private final DataSource dataSource;
    private final boolean noted;

    /** A ledger that nobody else has to hear of. */
    public UsageLedger(DataSource dataSource) {
        this(dataSource, false);
    }

    /** @param noted whether each new row is noted for an external billing system */
    public UsageLedger(DataSource dataSource, boolean noted) {
        this.dataSource = dataSource;
        this.noted = noted;
    }

    /** Writes the rows that are not there yet, all or none, in one round trip. */
    public void record(List<StepUsage> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        // In one order for everybody: two replicas with the same steps would otherwise wait for each other for ever.
        List<StepUsage> ordered = rows.stream()
                .sorted(Comparator.comparing((StepUsage row) -> row.step().stepId())
                        .thenComparing(row -> row.step().tenant()))
                .toList();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT_IF_ABSENT)) {
            connection.setAutoCommit(false);
            try {
                for (StepUsage row : ordered) {
                    bind(insert, row);
                    insert.addBatch();
                }
                int[] counts = insert.executeBatch();
                if (noted) {
                    note(connection, ordered, counts);
                }
                connection.commit();
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /** @param counts 0 for a row that was there before */
    private static void note(Connection connection, List<StepUsage> rows, int[] counts) throws SQLException {
        try (PreparedStatement note = connection.prepareStatement(NOTE_IF_ABSENT)) {
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] != 0) {
                    StepUsage row = rows.get(i);
                    note.setString(1, row.step().tenant());
                    note.setObject(2, row.step().stepId());
                    note.setObject(3, LocalDateTime.ofInstant(row.completedAt(), ZoneOffset.UTC));
                    note.addBatch();
                }
            }
            note.executeBatch();
        }
    }

    private static void bind(PreparedStatement insert, StepUsage row) throws SQLException {
        StepRequested step = row.step();
        insert.setObject(1, step.stepId());
        insert.setString(2, step.tenant());
        insert.setString(3, step.model());
        insert.setString(4, step.layer().toString());
        insert.setString(5, step.direction().label());
        insert.setInt(6, step.tokens());
        insert.setLong(7, row.multiplyAdds());
        insert.setLong(8, row.bytesIn());
        insert.setLong(9, row.bytesOut());
        insert.setLong(10, row.gemmMicros());
        insert.setObject(11, LocalDateTime.ofInstant(row.completedAt(), ZoneOffset.UTC));
        insert.setString(12, step.run() == null ? "" : step.run());
    }
}
