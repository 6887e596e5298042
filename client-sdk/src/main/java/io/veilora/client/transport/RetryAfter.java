package io.veilora.client.transport;

import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.RetriableException;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The time that a provider asks us to wait before we try again. */
final class RetryAfter {
    /** Failsafe's word for: as you would otherwise. */
    private static final Duration AS_USUAL = Duration.ofNanos(-1);

    /** Pauses are spread by a fifth either way, and no client should come too early. */
    private static final double AGAINST_SPREAD = 1.25;

    private RetryAfter() {}

    /** The problem with what the header of its answer says, unless it says so itself. */
    static Problem of(HttpResponse<?> response, Problem problem) {
        return problem.retryAfterSeconds() != null
                ? problem
                : response.headers()
                        .firstValue("Retry-After")
                        .filter(seconds -> seconds.matches("\\d{1,9}"))
                        .map(seconds -> problem.retryAfter(Long.parseLong(seconds)))
                        .orElse(problem);
    }

    /** Whether waiting makes sense: when we are told to wait for longer than we would, we say so at once. */
    static boolean isWithin(Duration patience, Problem problem) {
        return problem.retryAfterSeconds() == null || problem.retryAfterSeconds() <= patience.toSeconds();
    }

    static Duration delay(Throwable failure) {
        return failure instanceof RetriableException retriable
                        && retriable.problem().retryAfterSeconds() != null
                        && retriable.problem().retryAfterSeconds() > 0
                ? Duration.ofMillis(Math.round(retriable.problem().retryAfterSeconds() * 1000 * AGAINST_SPREAD))
                : AS_USUAL;
    }
}
