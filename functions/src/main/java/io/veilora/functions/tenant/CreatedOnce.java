package io.veilora.functions.tenant;

import io.veilora.functions.database.Session;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a creating request made, so that its repetition makes nothing.
 *
 * @param idempotencyKey the header of that name; null if there was none
 * @param requestDigest of what is asked for: the same key for something else is a mistake
 */
record CreatedOnce(Actor actor, String idempotencyKey, String requestDigest) {
    private static final String INSERT_IF_ABSENT = """
            INSERT INTO created_once (caller, idempotency_key, request_digest, subject, created_at)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """;
    private static final int LONGEST = 200;

    CreatedOnce {
        if (idempotencyKey != null && (idempotencyKey.isBlank() || idempotencyKey.length() > LONGEST)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                    .detail("Idempotency-Key: expected 1 to %d characters", LONGEST));
        }
    }

    /**
     * Notes {@code subject} as what this request makes.
     *
     * @return what an earlier request with the same key made; empty if this is the first
     * @throws PermanentException CONFLICT if the key was used for something else
     */
    Optional<String> earlier(Session session, String subject) throws SQLException {
        if (idempotencyKey == null
                || session.update(
                                INSERT_IF_ABSENT, actor.tenant(), idempotencyKey, requestDigest, subject, Instant.now())
                        == 1) {
            return Optional.empty();
        }
        return session.first(
                "SELECT request_digest, subject FROM created_once WHERE caller = ? AND idempotency_key = ?",
                row -> {
                    if (!requestDigest.equals(row.getString("request_digest"))) {
                        throw new PermanentException(Problem.of(ProblemCode.CONFLICT)
                                .detail("Idempotency-Key: it was used for another request")
                                .remedy("use a new key for a new request"));
                    }
                    return row.getString("subject");
                },
                actor.tenant(),
                idempotencyKey);
    }
}
