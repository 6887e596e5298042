package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.POINTS;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * The arrays that one thread needs for panels. They are wiped and used again: a request of 1024 tokens × 256 features would
 * otherwise allocate more than it encrypts.
 */
final class Workspace implements AutoCloseable {
    private static final int COEFFICIENTS = 2 * POINTS;

    /** As many as threads ever worked at once. */
    private static final ConcurrentLinkedDeque<Workspace> IDLE = new ConcurrentLinkedDeque<>();

    final double[] lanes = new double[NegacyclicTransform.laneArrayLength()];
    final double[] otherLanes = new double[NegacyclicTransform.laneArrayLength()];
    final double[] products = new double[COEFFICIENTS * Panel.WIDTH];
    final double[] otherProducts = new double[COEFFICIENTS * Panel.WIDTH];
    final int[] errors = new int[CentredBinomial.length(COEFFICIENTS * Panel.WIDTH)];
    final CentredBinomial samples = new CentredBinomial();
    final LaneTransposition transposition = new LaneTransposition();
    private final double[][] groups = new double[Panel.GROUPS][0];
    private int[] words = new int[0];
    private byte[] packed = new byte[0];

    private Workspace() {}

    static Workspace take() {
        Workspace idle = IDLE.poll();
        return idle == null ? new Workspace() : idle;
    }

    /** Room for a transformed group that is not kept. */
    double[] group(int place, int length) {
        if (groups[place].length != length) {
            groups[place] = new double[length];
        }
        return groups[place];
    }

    /** Room for rows as integers. */
    int[] words(int length) {
        if (words.length != length) {
            words = new int[length];
        }
        return words;
    }

    /** Room for rows of a hint. */
    byte[] packed(int length) {
        if (packed.length != length) {
            packed = new byte[length];
        }
        return packed;
    }

    /** Wipes whatever came from a secret; rows of the public matrix and of hints are public. */
    @Override
    public void close() {
        Arrays.fill(lanes, 0);
        Arrays.fill(otherLanes, 0);
        Arrays.fill(products, 0);
        Arrays.fill(otherProducts, 0);
        Arrays.fill(errors, 0);
        samples.close();
        IDLE.push(this);
    }

    @Override
    public String toString() {
        return "Workspace[redacted]";
    }
}
