package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * Inner products {@code ⟨row, s⟩} of a few neighbouring groups of rows. The data that they meet is token-major: a panel
 * touches whole cache lines of it, where one group alone would touch a part of each.
 *
 * <p>For one thread. Closing wipes the products.
 */
final class Panel implements AutoCloseable {
    private static final int GROUPS = 4;

    /** Works on one panel after the other. */
    interface Work {
        void on(Panel panel);
    }

    /** Added and subtracted it rounds a double below 2^51 in amount to an integer. */
    private static final double ROUNDER = 0x1.8p52;

    private final TransformedRows rows;
    private final int end;
    private final double[][] groups = new double[GROUPS][];
    private final double[][] spare = new double[GROUPS][];
    private final double[] products = new double[GROUPS * NegacyclicTransform.laneArrayLength()];
    private int firstFeature;
    private int size;
    private VectorMask<Integer> tail;

    private Panel(TransformedRows rows, int end) {
        this.rows = rows;
        this.end = end;
    }

    /**
     * Gives the panels of rows {@code first … end−1} to {@code work}, on all cores.
     *
     * @param first a multiple of {@link NegacyclicTransform#LANES}
     */
    static void forEach(TransformedRows rows, int first, int end, Work work) {
        int width = GROUPS * LANES;
        int panels = (end - first + width - 1) / width;
        LaneTasks.run(panels, (firstPanel, endPanel) -> {
            try (Panel panel = new Panel(rows, end)) {
                for (int p = firstPanel; p < endPanel; p++) {
                    panel.load(first + p * width);
                    work.on(panel);
                }
            }
        });
    }

    private void load(int first) {
        firstFeature = first;
        size = Math.min(GROUPS, (end - first + LANES - 1) / LANES);
        tail = IntLanes.tailMask(feature(size - 1), end);
        for (int i = 0; i < size; i++) {
            groups[i] = rows.kept(first / LANES + i);
            if (groups[i] == null) {
                groups[i] = rows.compute(first / LANES + i, spare(i));
            }
        }
    }

    private double[] spare(int i) {
        if (spare[i] == null) {
            spare[i] = new double[rows.groupLength()];
        }
        return spare[i];
    }

    /** Groups in this panel. */
    int size() {
        return size;
    }

    /** Feature of lane 0 of group {@code i}. */
    int feature(int i) {
        return firstFeature + i * LANES;
    }

    /** Replaces the products by those with {@code secret}. */
    void multiply(BlockSecret secret) {
        for (int i = 0; i < size; i++) {
            secret.innerProducts(groups[i], products, i * NegacyclicTransform.laneArrayLength());
        }
    }

    /** Lanes of group {@code i} that are features; null if all are. */
    VectorMask<Integer> live(int i) {
        return i == size - 1 ? tail : null;
    }

    /** Products of group {@code i} at a token of the block, exact integers. */
    DoubleVector product(int i, int token) {
        int at = i * NegacyclicTransform.laneArrayLength() + token % POINTS * DENSE;
        DoubleVector re = DoubleVector.fromArray(SPECIES, products, at);
        DoubleVector im = DoubleVector.fromArray(SPECIES, products, at + LANES);
        return NegacyclicTransform.untwist(re, im, token).add(ROUNDER).sub(ROUNDER);
    }

    @Override
    public void close() {
        Arrays.fill(products, 0);
    }
}
