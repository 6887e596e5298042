package io.veilora.functions.endtoend;

import io.veilora.protocol.lattice.LatticeParameters;

/** Pearson's statistic of values that should be uniform over {@value #BINS} bins. */
final class ChiSquare {
    private static final int BINS = 256;

    /** Mean 255, deviation 22.6: uniform values exceed it with probability below 1e-9. */
    static final double LIMIT = 420;

    private final long[] counts = new long[BINS];
    private long total;

    /** The bin of a word that should be uniform below q. */
    static int binOfResidue(int word) {
        return (int) (Integer.toUnsignedLong(word) * BINS / LatticeParameters.Q);
    }

    void add(int bin) {
        counts[bin]++;
        total++;
    }

    double statistic() {
        double expected = (double) total / BINS;
        double sum = 0;
        for (long count : counts) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }
}
