package io.veilora.client.transport;

import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/**
 * A body of at most {@code limit} bytes. A provider may send whatever it likes, so never more than that is held: a longer body
 * is given up at its first byte too many, and its value is null.
 */
final class BoundedBytes implements BodySubscriber<byte[]> {
    private static final int FIRST_CAPACITY = 1 << 16;

    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final int limit;
    private final int capacity;
    private byte[] bytes = new byte[0];
    private int count;
    private Subscription subscription;

    private BoundedBytes(int limit, int capacity) {
        this.limit = limit;
        this.capacity = capacity;
    }

    /** For bodies of which only a limit is known. */
    static BodyHandler<byte[]> upTo(int limit) {
        return info -> new BoundedBytes(limit, Math.min(limit, FIRST_CAPACITY));
    }

    /** For bodies whose length is known: shorter ones are given as they are. */
    static BodyHandler<byte[]> expecting(int length) {
        return info -> new BoundedBytes(length, length);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Subscription upstream) {
        subscription = upstream;
        upstream.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (body.isDone()) {
                return;
            }
            add(buffer);
        }
    }

    private void add(ByteBuffer buffer) {
        int more = buffer.remaining();
        if (more > limit - count) {
            bytes = null;
            subscription.cancel();
            body.complete(null);
            return;
        }
        if (more > bytes.length - count) {
            long room = Math.max(capacity, Math.max(count + (long) more, 2L * bytes.length));
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, room));
        }
        buffer.get(bytes, count, more);
        count += more;
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        if (!body.isDone()) {
            body.complete(count == bytes.length ? bytes : Arrays.copyOf(bytes, count));
        }
    }
}
