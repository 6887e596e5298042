package io.veilora.client.transport;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Follows {@code 202 Accepted} to the answer, with pauses: the server's {@code Retry-After}, else ever longer ones. Gives up
 * when the connection's patience is over, so that a provider which accepts and never answers is like one that is away. A
 * provider that has lost the step, by a power cut for example, is sent it again.
 */
final class AnswerPolling {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final ProviderConnection connection;
    private final BodyHandler<byte[]> body;
    private final long endNanos;
    private Duration pause = FIRST_PAUSE;

    /** @param body of the answer */
    AnswerPolling(ProviderConnection connection, BodyHandler<byte[]> body, long startNanos) {
        this.connection = connection;
        this.body = body;
        this.endNanos = startNanos + connection.patience().toNanos();
    }

    /** The first answer that is not 202, beginning with {@code response}. */
    CompletableFuture<HttpResponse<byte[]>> follow(HttpResponse<byte[]> response) {
        if (response.statusCode() != 202) {
            return CompletableFuture.completedFuture(response);
        }
        String path = response.headers()
                .firstValue("Location")
                .flatMap(AnswerPolling::path)
                .orElseThrow(() -> new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                        .detail("status 202 came without a usable Location")
                        .remedy("use a client and a server of the same release")));
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
            throw new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)
                    .detail(
                            "the provider accepted the step and has not answered it for %d s",
                            connection.patience().toSeconds())
                    .remedy("ask the provider whether its step functions run; resume the run later"));
        }
        long nanos = Math.min(left, pauseAfter(response).toNanos());
        HttpRequest poll = connection.request(path).GET().build();
        return CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS))
                .thenCompose(waited -> connection.sendOnce(poll, body))
                .exceptionally(AnswerPolling::retriableIfLost)
                .thenCompose(this::follow);
    }

    private static HttpResponse<byte[]> retriableIfLost(Throwable failure) {
        Throwable cause = ProviderConnection.cause(failure);
        if (cause instanceof PermanentException e && e.problem().code() == ProblemCode.UNKNOWN_STEP) {
            throw new RetriableException(e.problem(), e);
        }
        throw new CompletionException(cause);
    }

    private Duration pauseAfter(HttpResponse<?> response) {
        Optional<Duration> asked = response.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("\\d{1,9}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
        if (asked.isPresent()) {
            return asked.get().compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : asked.get();
        }
        Duration now = pause;
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        return now;
    }

    /** The absolute path of a location; its host is ignored, steps stay with this provider. */
    private static Optional<String> path(String location) {
        try {
            return Optional.ofNullable(new URI(location).getRawPath())
                    .filter(path -> path.startsWith("/") && !path.startsWith("//"));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
