package io.veilora.functions.billing;

import io.veilora.functions.database.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Sums over the ledger of one tenant. */
public final class UsageTotals {
    private static final String SUMS = " COUNT(*) AS steps, SUM(tokens) AS tokens, SUM(multiply_adds) AS multiply_adds,"
            + " SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out, SUM(gemm_micros) AS gemm_micros";
    private static final String WHERE = " FROM step_usage WHERE tenant = ? AND completed_at >= ? AND completed_at < ?";
    private static final String BY_MODEL = "SELECT model," + SUMS + WHERE + " GROUP BY model ORDER BY model";
    private static final String BY_DAY_MODEL_RUN = "SELECT CAST(completed_at AS DATE) AS usage_day, model, run," + SUMS
            + WHERE + " GROUP BY CAST(completed_at AS DATE), model, run";

    private final Database database;

    public UsageTotals(Database database) {
        this.database = database;
    }

    /** @param day and run are null in sums over them */
    record Row(String day, String model, String run, Sums sums) {}

    /** From {@code from}, inclusive, to {@code until}, exclusive. */
    List<Row> byModel(String tenant, Instant from, Instant until) {
        return database.transaction(session -> session.list(
                BY_MODEL, row -> new Row(null, row.getString("model"), null, sums(row)), tenant, from, until));
    }

    /** The same by UTC day, model and run, in no order. */
    List<Row> byDayModelAndRun(String tenant, Instant from, Instant until) {
        return database.transaction(session -> session.list(
                BY_DAY_MODEL_RUN,
                row -> new Row(row.getString("usage_day"), row.getString("model"), row.getString("run"), sums(row)),
                tenant,
                from,
                until));
    }

    private static Sums sums(ResultSet row) throws SQLException {
        return new Sums(
                row.getLong("steps"),
                row.getLong("tokens"),
                row.getBigDecimal("multiply_adds").toBigIntegerExact(),
                row.getLong("bytes_in"),
                row.getLong("bytes_out"),
                row.getLong("gemm_micros"));
    }
}
