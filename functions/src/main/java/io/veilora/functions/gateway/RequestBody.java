package io.veilora.functions.gateway;

import io.veilora.functions.store.BlobDraft;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A request's body on its way from the event loop, which reads it, to the request's own thread, which stores it: a
 * megabyte a hand-over, and never more than {@link #MOST_WAITING} bytes in memory, however long the body is.
 */
final class RequestBody {
    private static final int HAND_OVER = 1 << 20;
    private static final int MOST_WAITING = 4 << 20;

    private final HttpServerRequest request;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private List<ByteBuffer> waiting = new ArrayList<>();
    private long waitingBytes;
    private boolean paused;
    private boolean unwanted;
    private boolean ended;
    private Throwable broken;

    RequestBody(HttpServerRequest request) {
        this.request = request;
    }

    /**
     * Moves the whole body into {@code draft}.
     *
     * @param limit bytes; the rest of a longer body is not read
     * @param patience how long a sender may pause
     * @return false if the body is longer
     * @throws IOException if the connection or the store fails
     * @throws PermanentException INVALID_REQUEST if the sender paused for longer
     */
    boolean into(BlobDraft draft, long limit, Duration patience) throws IOException {
        begin();
        try {
            long received = 0;
            for (List<ByteBuffer> pieces = next(patience); !pieces.isEmpty(); pieces = next(patience)) {
                for (ByteBuffer piece : pieces) {
                    received += piece.remaining();
                }
                if (received > limit) {
                    request.pause();
                    return false;
                }
                draft.append(pieces.toArray(ByteBuffer[]::new));
            }
            return true;
        } catch (IOException | RuntimeException e) {
            drop();
            throw e;
        }
    }

    /** The rest of the body is read and forgotten, so that the connection can carry the next request. */
    private void drop() {
        lock.lock();
        try {
            unwanted = true;
            take();
        } finally {
            lock.unlock();
        }
    }

    private void begin() {
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        if (request.isEnded()) {
            ended = true;
            return;
        }
        request.handler(this::piece).endHandler(none -> end(null)).exceptionHandler(this::end);
        request.resume();
    }

    private void piece(Buffer piece) {
        lock.lock();
        try {
            if (unwanted) {
                return;
            }
            waiting.add(piece.getByteBuf().nioBuffer());
            waitingBytes += piece.length();
            if (waitingBytes >= HAND_OVER) {
                changed.signal();
            }
            if (waitingBytes >= MOST_WAITING && !paused) {
                paused = true;
                request.pause();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end(Throwable failure) {
        lock.lock();
        try {
            ended = true;
            broken = failure;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** What came since the last call, at least a megabyte unless the sender is slow; nothing at the end. */
    private List<ByteBuffer> next(Duration patience) throws IOException {
        lock.lock();
        try {
            boolean inTime = true;
            while (inTime && waitingBytes < HAND_OVER && !ended) {
                inTime = changed.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            }
            if (broken != null) {
                throw new IOException("the request broke off", broken);
            }
            if (waiting.isEmpty() && !ended) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                        .detail("body: nothing came for %d s", patience.toSeconds()));
            }
            return take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while a request was read");
        } finally {
            lock.unlock();
        }
    }

    private List<ByteBuffer> take() {
        List<ByteBuffer> taken = waiting;
        waiting = new ArrayList<>();
        waitingBytes = 0;
        if (paused) {
            paused = false;
            request.resume();
        }
        return taken;
    }
}
