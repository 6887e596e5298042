package io.veilora.client.linear;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
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
        this.units = Math.toIntExact(Math.max(1, bytes / UNIT));
        this.free = new Semaphore(units, true);
    }

    /** @throws PermanentException {@link ProblemCode#INVALID_INPUT} if the property is not a number of bytes */
    static FlightBudget ofHeap() {
        String given = System.getProperty(PROPERTY);
        if (given == null) {
            return new FlightBudget(Runtime.getRuntime().maxMemory() / 3);
        }
        if (!given.matches("[1-9][0-9]{0,11}")) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("JVM property %s: got '%s', expected a number of bytes", PROPERTY, given)
                    .remedy("give for example -D%s=500000000, or leave it out for a third of the heap", PROPERTY));
        }
        return new FlightBudget(Long.parseLong(given));
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
