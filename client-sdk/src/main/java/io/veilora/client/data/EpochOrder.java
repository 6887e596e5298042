package io.veilora.client.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The order of the records in an epoch: a shuffle (Fisher–Yates) that follows from seed and epoch alone, so that a
 * resumed run needs no generator state. {@link Random} is specified to the bit, so it is the same on every JDK.
 */
public final class EpochOrder {
    private EpochOrder() {}

    /** @param epoch from 0 */
    public static <R> List<R> shuffle(List<R> records, long seed, int epoch) {
        List<R> shuffled = new ArrayList<>(records);
        Random random = new Random(mix(seed + 0x9E3779B97F4A7C15L * (epoch + 1L)));
        for (int last = shuffled.size() - 1; last > 0; last--) {
            int other = random.nextInt(last + 1);
            R moved = shuffled.get(last);
            shuffled.set(last, shuffled.get(other));
            shuffled.set(other, moved);
        }
        return shuffled;
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): neighbouring seeds give unrelated orders. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
