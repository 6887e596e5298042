package io.veilora.client.transport;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * HTTP to one provider: API key, retries with growing pauses, problems as exceptions.
 *
 * <p>A call that fails in a retriable way is repeated with the identical bytes until {@code patience} is over, so a
 * provider that starts late or goes away for a while only costs time. Whether and when a call is repeated depends on the
 * connection and the status alone, never on decrypted values (DESIGN §2, rule 3).
 */
public final class ProviderConnection implements AutoCloseable {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    /** A manifest of a model with 500 remote layers has half a megabyte. */
    private static final int LARGEST_JSON = 16 << 20;

    private static final int LARGEST_PROBLEM = 1 << 16;

    private final HttpClient http;
    private final ScheduledThreadPoolExecutor clock = clock();
    private final Endpoint provider;
    private final Duration patience;
    private final Duration longestSilence;
    private final ConnectionListener listener;
    private final RetryPolicy<Object> retries;
    private final AtomicLong downSinceNanos = new AtomicLong();
    private volatile boolean closed;

    /**
     * @param provider base URL, without a path
     * @param patience how long a call may keep failing before the client gives up
     */
    public ProviderConnection(URI provider, String apiKey, Duration patience, ConnectionListener listener) {
        this(Endpoint.of(provider, apiKey), patience, LONGEST_SILENCE, listener);
    }

    public ProviderConnection(Endpoint provider, Duration patience, ConnectionListener listener) {
        this(provider, patience, LONGEST_SILENCE, listener);
    }

    /** @param longestSilence how long the bytes of a body may stay away before the call fails in a retriable way */
    public ProviderConnection(
            URI provider, String apiKey, Duration patience, Duration longestSilence, ConnectionListener listener) {
        this(Endpoint.of(provider, apiKey), patience, longestSilence, listener);
    }

    private ProviderConnection(
            Endpoint provider, Duration patience, Duration longestSilence, ConnectionListener listener) {
        this.longestSilence = longestSilence;
        this.provider = provider;
        this.http = client(provider);
        this.patience = patience;
        this.listener = listener;
        this.retries = RetryPolicy.builder()
                .handleIf(failure -> !closed
                        && cause(failure) instanceof RetriableException retriable
                        && RetryAfter.isWithin(patience, retriable.problem()))
                .withDelayFn(context -> RetryAfter.delay(cause(context.getLastException())))
                .withBackoff(FIRST_PAUSE, LONGEST_PAUSE)
                .withJitter(0.2)
                .withMaxRetries(-1)
                .withMaxDuration(patience)
                .onRetry(event -> failed((RetriableException) cause(event.getLastException())))
                .build();
    }

    private static HttpClient client(Endpoint provider) {
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10));
        return provider.caFile() == null
                ? client.build()
                : client.sslContext(CertificateFile.trust(provider.caFile())).build();
    }

    private static ScheduledThreadPoolExecutor clock() {
        ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("veilora-stalled-bodies").factory());
        clock.setRemoveOnCancelPolicy(true);
        return clock;
    }

    Duration patience() {
        return patience;
    }

    /** A request builder for {@code path} that carries the API key, for this provider alone. */
    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(provider.url().resolve(path))
                .timeout(REQUEST_TIMEOUT)
                .header("Authorization", "Bearer " + provider.apiKey())
                .header(StepApi.FOLLOWS, StepApi.FOLLOWS_STORE);
        return provider.run() == null ? request : request.header(AccountApi.RUN, provider.run());
    }

    /** Sends, repeats while that can help, and gives the answer of a status below 400. */
    public <T> CompletableFuture<HttpResponse<T>> send(HttpRequest request, BodyHandler<T> body) {
        return withRetries(() -> sendOnce(request, body));
    }

    /** Sends, waits for the answer and parses its JSON. */
    public <T> T sendJson(HttpRequest request, Class<T> type) {
        return parse(await(send(request, BoundedBytes.upTo(LARGEST_JSON))).body(), type);
    }

    /** A blocking attempt; an {@link IOException} counts as an unreachable provider unless the disk is full. */
    public interface Attempt {
        void run() throws IOException;
    }

    /** Repeats {@code attempt} while it fails in a retriable way, up to {@code patience}. */
    public CompletableFuture<Void> retrying(Attempt attempt) {
        return Failsafe.with(retries).runAsync(() -> {
            try {
                attempt.run();
            } catch (FileSystemException e) {
                throw DiskFull.isCauseOf(e)
                        ? new PermanentException(DiskFull.problem(e), e)
                        : new UncheckedIOException(e);
            } catch (IOException e) {
                throw DiskFull.isCauseOf(e)
                        ? new PermanentException(DiskFull.problem(e), e)
                        : unreachable(e, Peer.PROVIDER);
            }
        });
    }

    /** Repeats {@code call} while it fails in a retriable way, up to {@code patience}. */
    <T> CompletableFuture<T> withRetries(java.util.function.Supplier<CompletionStage<T>> call) {
        return Failsafe.with(retries).getStageAsync(call::get);
    }

    /** One attempt; failures are {@link VeiloraException}s. */
    public <T> CompletableFuture<HttpResponse<T>> sendOnce(HttpRequest request, BodyHandler<T> body) {
        return send(request, body, Peer.PROVIDER).thenCompose(response -> {
            if (!StoreRedirect.is(response.statusCode())) {
                succeeded();
                return CompletableFuture.completedFuture(response);
            }
            try {
                HttpRequest store = StoreRedirect.request(provider.url(), request, response, REQUEST_TIMEOUT);
                return send(store, body, Peer.STORE).thenApply(bytes -> {
                    succeeded();
                    return new StoreResponse<>(bytes, response);
                });
            } catch (IOException e) {
                throw unreachable(e, Peer.STORE);
            }
        });
    }

    /** Who is asked. */
    private enum Peer {
        PROVIDER,
        STORE
    }

    private <T> CompletableFuture<HttpResponse<T>> send(HttpRequest request, BodyHandler<T> body, Peer peer) {
        BodyHandler<Object> handler = info -> info.statusCode() >= 400
                ? HttpResponse.BodySubscribers.mapping(
                        BoundedBytes.upTo(LARGEST_PROBLEM).apply(info), bytes -> bytes)
                : HttpResponse.BodySubscribers.mapping(body.apply(info), value -> value);
        BodyHandler<Object> watched = info -> new WatchedBody<>(handler.apply(info), longestSilence, clock);
        return http.sendAsync(request, watched).handle((response, failure) -> {
            if (failure != null) {
                throw unreachable(cause(failure), peer);
            }
            if (response.statusCode() >= 400) {
                if (peer == Peer.STORE) {
                    throw StoreRedirect.failed(response.statusCode());
                }
                Problem problem = problem(response.statusCode(), (byte[]) response.body());
                throw RetryAfter.of(response, problem).toException();
            }
            @SuppressWarnings("unchecked")
            HttpResponse<T> typed = (HttpResponse<T>) (HttpResponse<?>) response;
            return typed;
        });
    }

    /** Waits for a call of this connection; its failure is thrown as it is. */
    public static <T> T await(CompletableFuture<T> call) {
        try {
            return call.join();
        } catch (CompletionException | FailsafeException e) {
            if (cause(e) instanceof VeiloraException problem) {
                throw problem;
            }
            throw e;
        }
    }

    private void failed(RetriableException failure) {
        long now = System.nanoTime();
        downSinceNanos.compareAndSet(0, now);
        listener.waiting(failure.problem(), Duration.ofNanos(now - downSinceNanos.get()), patience);
    }

    private void succeeded() {
        long since = downSinceNanos.getAndSet(0);
        if (since != 0) {
            listener.recovered(Duration.ofNanos(System.nanoTime() - since));
        }
    }

    private RetriableException unreachable(Throwable failure, Peer peer) {
        if (!(failure instanceof IOException)) {
            throw new CompletionException(failure);
        }
        return new RetriableException(
                Problem.of(ProblemCode.UNAVAILABLE)
                        .detail(
                                "no answer from %s (%s)",
                                peer == Peer.STORE ? "the provider's object store" : provider.url(),
                                failure.getClass().getSimpleName())
                        .remedy("check that the provider runs (veilora server) and that the URL is right"),
                failure);
    }

    /** @param body null if it was too long */
    private static Problem problem(int status, byte[] body) {
        try {
            Problem problem = body == null ? null : ProtocolJson.MAPPER.readValue(body, Problem.class);
            if (problem != null && problem.code() != null) {
                return problem;
            }
        } catch (IOException e) {
            // Not one of our problems: a proxy answered. Its text is not repeated, it may hold anything.
        }
        ProblemCode code = status >= 500 || status == 429 ? ProblemCode.UNAVAILABLE : ProblemCode.INVALID_REQUEST;
        return Problem.of(code)
                .detail(
                        "got HTTP status %d without a problem description (%s bytes)",
                        status, body == null ? "more than " + LARGEST_PROBLEM : body.length)
                .remedy("check that the URL leads to a Veilora gateway");
    }

    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof FailsafeException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Parses JSON that the provider sent; null if it was too long. */
    private static <T> T parse(byte[] json, Class<T> type) {
        if (json == null) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                    .detail("the provider sent a %s of more than %d bytes", type.getSimpleName(), LARGEST_JSON)
                    .remedy("check that the URL leads to the right provider"));
        }
        try {
            return ProtocolJson.MAPPER.readValue(new String(json, StandardCharsets.UTF_8), type);
        } catch (JsonProcessingException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                    .detail("the provider sent no %s", type.getSimpleName())
                    .remedy("use a client and a server of the same release"));
        }
    }

    /** Gives up what is under way: nobody wants it any more, and a provider that stalls could keep us waiting. */
    @Override
    public void close() {
        closed = true;
        try {
            http.shutdownNow();
            http.close();
        } finally {
            clock.shutdownNow();
        }
    }
}
