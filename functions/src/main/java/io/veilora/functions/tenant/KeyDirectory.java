package io.veilora.functions.tenant;

import io.veilora.functions.database.Database;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whose API key it is, by the keys in the database. An answer is kept for some seconds, which is how long a revoked key
 * may go on at another gateway. Nothing is read before the first key comes.
 */
public final class KeyDirectory {
    private static final int MOST_KEPT = 10_000;
    private static final Duration USED_INTERVAL = Duration.ofMinutes(1);

    private final Database database;
    private final long keepNanos;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<UUID, Long> usedNanos = new ConcurrentHashMap<>();

    /** @param keep how long an answer is believed */
    public KeyDirectory(Database database, Duration keep) {
        this.database = database;
        this.keepNanos = keep.toNanos();
    }

    /**
     * What the database said of a secret.
     *
     * @param principal empty if it is nobody's
     */
    public record Answer(Optional<Principal> principal, long askedNanos) {}

    /** What is known without asking, or empty if {@link #ask} has to. Never waits. */
    public Optional<Answer> known(String secret) {
        if (!ApiKeySecret.isWellFormed(secret)) {
            return Optional.of(new Answer(Optional.empty(), System.nanoTime()));
        }
        Answer answer = answers.get(new ApiKeySecret(secret).digest());
        return Optional.ofNullable(answer).filter(kept -> System.nanoTime() - kept.askedNanos < keepNanos);
    }

    /** Asks the database. @throws io.veilora.protocol.problem.RetriableException UNAVAILABLE if it does not answer */
    public Answer ask(String secret) {
        String digest = new ApiKeySecret(secret).digest();
        long now = System.nanoTime();
        Answer answer = new Answer(database.transaction(session -> ApiKeyRows.principal(session, digest)), now);
        if (answers.size() >= MOST_KEPT) {
            answers.clear();
        }
        answers.put(digest, answer);
        answer.principal.ifPresent(principal -> used(principal.apiKey(), now));
        return answer;
    }

    /** Every key is looked up again when it comes next. */
    public void forget() {
        answers.clear();
    }

    private void used(UUID apiKey, long now) {
        Long before = usedNanos.get(apiKey);
        if (before == null || now - before > USED_INTERVAL.toNanos()) {
            usedNanos.put(apiKey, now);
            database.transaction(session -> {
                ApiKeyRows.used(session, apiKey);
                return null;
            });
        }
    }
}
