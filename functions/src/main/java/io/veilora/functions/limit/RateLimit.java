package io.veilora.functions.limit;

/**
 * A rate as a virtual clock (the generic cell rate algorithm, ITU-T I.371): every step moves the time at which the tenant's
 * budget is full again by one interval; it is admitted unless that time is more than a second's worth ahead.
 *
 * @param stepsPerSecond as many may come at once as in one second
 */
record RateLimit(int stepsPerSecond) {
    private static final long SECOND = 1_000_000;

    /** When the budget is full again, if a step comes now. @param next the same before it, in microseconds */
    long after(long next, long now) {
        return Math.max(next, now) + interval();
    }

    /** Microseconds to wait until one more step is admitted; 0 if it is now. */
    long waitMicros(long next, long now) {
        return Math.max(0, after(next, now) - now - Math.max(SECOND, interval()));
    }

    private long interval() {
        return SECOND / stepsPerSecond;
    }
}
