package io.veilora.client.crypto;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Arrays of zeros for hint products. They come back wiped and serve again: a new one of megabytes is written through memory
 * once more, and memory is what decryption waits for.
 *
 * <p>Safe for concurrent use.
 */
final class WipedArrays {
    /** Integers that idle arrays may hold together, 64 MB: what comes back beyond that drives the oldest out. */
    private static final long IDLE_INTS = 1 << 24;

    private static final WipedArrays SHARED = new WipedArrays();

    private final ArrayDeque<int[]> idle = new ArrayDeque<>();
    private long held;

    /** The arrays of this process. */
    static WipedArrays shared() {
        return SHARED;
    }

    /** An array of zeros that nobody else uses. */
    int[] take(int length) {
        int[] found = poll(length);
        return found == null ? new int[length] : found;
    }

    private synchronized int[] poll(int length) {
        for (Iterator<int[]> latest = idle.descendingIterator(); latest.hasNext(); ) {
            int[] array = latest.next();
            if (array.length == length) {
                latest.remove();
                held -= length;
                return array;
            }
        }
        return null;
    }

    /** @param wiped holds zeros only, and the caller uses it no more */
    synchronized void giveBack(int[] wiped) {
        idle.addLast(wiped);
        held += wiped.length;
        while (held > IDLE_INTS) {
            held -= idle.removeFirst().length;
        }
    }
}
