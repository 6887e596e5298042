package io.veilora.client.transport;

import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A body that fails when its bytes stay away for too long: {@code HttpRequest.timeout} ends with the headers. Fewer than
 * {@value #LEAST_BYTES} bytes, unless they end the body, are no sign of life: a trickle would hold a step for ever. Only
 * time in which somebody asks for bytes counts, so a slow reader is no stalled provider.
 */
final class WatchedBody<T> implements BodySubscriber<T> {
    private static final int LEAST_BYTES = 16 << 10;

    private final BodySubscriber<T> body;
    private final Duration longestSilence;
    private final ScheduledExecutorService clock;
    private Subscription subscription;
    private ScheduledFuture<?> check;
    private long wanted;
    private long silentSinceNanos;
    private long idleSinceNanos; // while nothing is wanted
    private long bytesSince;
    private boolean ended;

    WatchedBody(BodySubscriber<T> body, Duration longestSilence, ScheduledExecutorService clock) {
        this.body = body;
        this.longestSilence = longestSilence;
        this.clock = clock;
    }

    @Override
    public CompletionStage<T> getBody() {
        return body.getBody();
    }

    @Override
    public void onSubscribe(Subscription upstream) {
        synchronized (this) {
            subscription = upstream;
            silentSinceNanos = System.nanoTime();
            idleSinceNanos = silentSinceNanos;
            checkIn(longestSilence.toNanos());
        }
        body.onSubscribe(new Subscription() {
            @Override
            public void request(long count) {
                wanted(count);
                upstream.request(count);
            }

            @Override
            public void cancel() {
                end();
                upstream.cancel();
            }
        });
    }

    private synchronized void wanted(long count) {
        if (wanted == 0) {
            silentSinceNanos += System.nanoTime() - idleSinceNanos;
        }
        wanted = wanted + count < 0 ? Long.MAX_VALUE : wanted + count;
    }

    private synchronized void checkIn(long nanos) {
        if (!ended) {
            check = clock.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void check() {
        long silent = wanted == 0 ? 0 : System.nanoTime() - silentSinceNanos;
        if (ended) {
            return;
        }
        if (silent < longestSilence.toNanos()) {
            checkIn(longestSilence.toNanos() - silent);
            return;
        }
        end();
        subscription.cancel();
        body.onError(new HttpTimeoutException("the body stalled"));
    }

    /** @return whether it had not ended before */
    private synchronized boolean end() {
        boolean first = !ended;
        ended = true;
        check.cancel(false); // or the clock would hold the body's bytes for so long
        return first;
    }

    @Override
    public synchronized void onNext(List<ByteBuffer> bytes) {
        long now = System.nanoTime();
        bytesSince += bytes.stream().mapToLong(ByteBuffer::remaining).sum();
        if (bytesSince >= LEAST_BYTES) {
            silentSinceNanos = now;
            bytesSince = 0;
        }
        wanted -= wanted == Long.MAX_VALUE ? 0 : 1;
        idleSinceNanos = now;
        if (!ended) {
            body.onNext(bytes);
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (end()) {
            body.onError(failure);
        }
    }

    @Override
    public void onComplete() {
        if (end()) {
            body.onComplete();
        }
    }
}
