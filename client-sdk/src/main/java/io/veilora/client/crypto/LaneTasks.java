package io.veilora.client.crypto;

import java.util.stream.IntStream;

/** Splits a range of lane groups over the cores, a few ranges a core, so that scratch arrays are made once a range. */
final class LaneTasks {
    /** Works on groups {@code first … end−1}. */
    interface Range {
        void run(int first, int end);
    }

    private static final int RANGES_A_CORE = 3;

    private LaneTasks() {}

    static void run(int groups, Range work) {
        int ranges = Math.min(groups, RANGES_A_CORE * Runtime.getRuntime().availableProcessors());
        IntStream.range(0, ranges)
                .parallel()
                .forEach(r -> work.run((int) ((long) groups * r / ranges), (int) ((long) groups * (r + 1) / ranges)));
    }
}
