package io.veilora.client.linear;

import java.util.concurrent.Semaphore;

/**
 * The back-pressure of encrypted steps: bytes of heap that steps in flight may occupy together, over all products of a
 * model. A window of steps takes its bytes at once before the first of them is encrypted, and each gives its own back when
 * its answer is decrypted. A caller waits only while it has nothing in flight itself, so callers cannot block each other.
 *
 * <p>How many bytes a window takes follows from its shape alone (DESIGN §2, rule 3).
 */
final class FlightBudget {
    /** JVM property with the bytes; a third of the heap if it is not set. */
    static final String PROPERTY = "veilora.bytesInFlight";

    /** Sizes are counted in units of so many bytes, so that they fit a semaphore. */
    static final int UNIT = 1024;

    private final int units;
    private final Semaphore free;

    FlightBudget(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(PROPERTY + ": got " + bytes + ", expected at least 1");
        }
        this.units = Math.toIntExact(Math.max(1, bytes / UNIT));
        this.free = new Semaphore(units, true);
    }

    static FlightBudget ofHeap() {
        return new FlightBudget(Long.getLong(PROPERTY, Runtime.getRuntime().maxMemory() / 3));
    }

    long bytes() {
        return (long) units * UNIT;
    }

    /** {@code bytes} are whole units; what alone is larger than the budget takes all of it. */
    private int cost(long bytes) {
        return (int) Math.min(units, bytes / UNIT);
    }

    boolean tryTake(long bytes) {
        return free.tryAcquire(cost(bytes));
    }

    void take(long bytes) {
        free.acquireUninterruptibly(cost(bytes));
    }

    void giveBack(long bytes) {
        free.release(cost(bytes));
    }
}
