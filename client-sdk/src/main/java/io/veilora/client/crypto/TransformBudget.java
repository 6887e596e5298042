package io.veilora.client.crypto;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of heap that transformed rows may occupy together; past it they are transformed anew at each use. */
public final class TransformBudget {
    private final AtomicLong left;

    public TransformBudget(long bytes) {
        this.left = new AtomicLong(bytes);
    }

    /** A third of the heap. */
    public static TransformBudget ofHeap() {
        return new TransformBudget(Runtime.getRuntime().maxMemory() / 3);
    }

    boolean take(long bytes) {
        if (left.addAndGet(-bytes) >= 0) {
            return true;
        }
        left.addAndGet(bytes);
        return false;
    }

    void giveBack(long bytes) {
        left.addAndGet(bytes);
    }
}
