package io.veilora.functions.limit;

import io.veilora.functions.database.Database;
import io.veilora.functions.database.Session;
import io.veilora.protocol.account.TenantLimits;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Rate, concurrency and bytes of a tenant over all gateways, exact: they are decided under the lock of the tenant's row in
 * the database that all gateways share, by the database's clock, so that no gateway's wrong clock counts. A tenant
 * without such limits costs nothing here; one with them a transaction before each step, and another after it if
 * concurrency is limited.
 */
public final class Admissions {
    private static final Logger LOG = Logger.getLogger(Admissions.class);

    /** A gateway that dies leaves its steps in flight for no longer. */
    private static final Duration LONGEST_STEP = Duration.ofMinutes(2);

    private static final long SECOND = 1_000_000;
    private static final long DAY = 86_400 * SECOND;
    private static final String NOW = "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)";
    private static final String INSERT_IF_ABSENT = """
            INSERT INTO tenant_admission (tenant, next_micros, usage_day, bytes_today) VALUES (?, 0, 0, 0)
            ON CONFLICT DO NOTHING
            """;

    private final Database database;

    public Admissions(Database database) {
        this.database = database;
    }

    /** A step on its way; closing it gives its place back. */
    public interface Place extends AutoCloseable {
        @Override
        void close();
    }

    /** What the row holds, and what time it is. */
    private record State(long next, long day, long bytes, long now) {
        long bytesToday() {
            return day == now / DAY ? bytes : 0;
        }
    }

    /**
     * Admits a step.
     *
     * @param bytes of its request
     * @throws RetriableException RATE_LIMITED, with the time to wait, if a limit is reached; nothing was counted then
     */
    public Place enter(String tenant, TenantLimits limits, long bytes) {
        if (limits.stepsPerSecond() == null && limits.concurrentSteps() == null && limits.bytesPerDay() == null) {
            return () -> {};
        }
        UUID id = UUID.randomUUID();
        database.transaction(session -> {
            State state = lock(session, tenant);
            requireBytes(limits, state, bytes);
            requirePlace(session, tenant, limits, state);
            long next = requireRate(limits, state);
            session.update(
                    "UPDATE tenant_admission SET next_micros = ?, usage_day = ?, bytes_today = ? WHERE tenant = ?",
                    next,
                    state.now / DAY,
                    state.bytesToday() + bytes,
                    tenant);
            if (limits.concurrentSteps() != null) {
                session.update(
                        "INSERT INTO step_in_flight (id, tenant, until_micros) VALUES (?, ?, ?)",
                        id,
                        tenant,
                        state.now + LONGEST_STEP.toNanos() / 1000);
            }
            return null;
        });
        return limits.concurrentSteps() == null ? () -> {} : () -> leave(id);
    }

    private void leave(UUID id) {
        try {
            database.transaction(session -> session.update("DELETE FROM step_in_flight WHERE id = ?", id));
        } catch (RetriableException e) {
            LOG.warn(
                    "a step's place comes back by its time: the database does not answer"); // its answer is what counts
        }
    }

    private static State lock(Session session, String tenant) throws SQLException {
        String select = "SELECT next_micros, usage_day, bytes_today FROM tenant_admission WHERE tenant = ? FOR UPDATE";
        var row = session.first(select, Admissions::state, tenant);
        if (row.isEmpty()) {
            session.update(INSERT_IF_ABSENT, tenant);
            row = session.first(select, Admissions::state, tenant);
        }
        // The time of the transaction's begin: after a wait for the lock it is a little old, which only refuses sooner.
        long now = session.first("SELECT " + NOW + " AS now_micros", time -> time.getLong("now_micros"))
                .orElseThrow();
        State state = row.orElseThrow();
        return new State(state.next, state.day, state.bytes, now);
    }

    private static State state(ResultSet row) throws SQLException {
        return new State(row.getLong("next_micros"), row.getLong("usage_day"), row.getLong("bytes_today"), 0);
    }

    private static void requireBytes(TenantLimits limits, State state, long bytes) {
        if (limits.bytesPerDay() != null && state.bytesToday() + bytes > limits.bytesPerDay()) {
            throw limited(
                    DAY - state.now % DAY,
                    "bytes: got %d more after %d today (UTC), expected at most %d a day",
                    bytes,
                    state.bytesToday(),
                    limits.bytesPerDay());
        }
    }

    private static void requirePlace(Session session, String tenant, TenantLimits limits, State state)
            throws SQLException {
        if (limits.concurrentSteps() == null) {
            return;
        }
        session.update("DELETE FROM step_in_flight WHERE tenant = ? AND until_micros <= ?", tenant, state.now);
        long inFlight = session.first(
                        "SELECT COUNT(*) AS steps FROM step_in_flight WHERE tenant = ?",
                        row -> row.getLong("steps"),
                        tenant)
                .orElseThrow();
        if (inFlight >= limits.concurrentSteps()) {
            throw limited(SECOND, "in flight: expected at most %d steps at the same time", limits.concurrentSteps());
        }
    }

    /** @return the rate's new clock */
    private static long requireRate(TenantLimits limits, State state) {
        if (limits.stepsPerSecond() == null) {
            return state.next;
        }
        RateLimit rate = new RateLimit(limits.stepsPerSecond());
        long wait = rate.waitMicros(state.next, state.now);
        if (wait > 0) {
            throw limited(wait, "rate: expected at most %d steps a second", limits.stepsPerSecond());
        }
        return rate.after(state.next, state.now);
    }

    private static RetriableException limited(long waitMicros, String format, Object... arguments) {
        return new RetriableException(Problem.of(ProblemCode.RATE_LIMITED)
                .detail(format, arguments)
                .remedy("wait as long as Retry-After says, or ask the provider for a higher limit")
                .retryAfter(Math.max(1, (waitMicros + SECOND - 1) / SECOND)));
    }
}
