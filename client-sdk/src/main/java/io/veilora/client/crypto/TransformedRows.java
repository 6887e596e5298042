package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.wire.HintCodec;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Rows of the public matrix or of a hint in the transform domain, {@link NegacyclicTransform#LANES} rows a group,
 * computed when first needed and kept while the {@link TransformBudget} allows.
 *
 * <p>A group holds, for each of the {@code k} ring elements of a row, a lane array of real and one of imaginary parts.
 * Safe for concurrent use.
 */
public final class TransformedRows {
    /** The transform of {@code LANES} neighbouring rows: {@code re[i]}, {@code im[i]} of ring element {@code i}. */
    record Group(double[][] re, double[][] im) {}

    /** Gives rows as integers near 0, {@code n} a row; rows past the end are 0. */
    private interface Rows {
        void read(int firstRow, int count, int[] out);
    }

    private final int rank;
    private final int rows;
    private final Rows source;
    private final HintRows hint; // null for the public matrix
    private final TransformBudget budget;
    private final AtomicReferenceArray<Group> groups;

    private TransformedRows(
            LatticeParameters parameters, int rows, Rows source, HintRows hint, TransformBudget budget) {
        this.rank = parameters.rank();
        this.rows = rows;
        this.source = source;
        this.hint = hint;
        this.budget = budget;
        this.groups = new AtomicReferenceArray<>((rows + NegacyclicTransform.LANES - 1) / NegacyclicTransform.LANES);
    }

    /** Rows {@code 0 … rows−1} of the public matrix, centred to {@code (−q/2, q/2]}. */
    public static TransformedRows of(PublicMatrix matrix, int rows, TransformBudget budget) {
        int n = matrix.parameters().latticeDimension();
        Rows source = (firstRow, count, out) -> {
            int[] words = new int[count * n];
            matrix.expandRows(firstRow, words);
            for (int c = 0; c < words.length; c++) {
                long word = Integer.toUnsignedLong(words[c]);
                out[c] = (int) (word > LatticeParameters.Q / 2 ? word - LatticeParameters.Q : word);
            }
        };
        return new TransformedRows(matrix.parameters(), rows, source, null, budget);
    }

    /** Rows of a hint file, see {@link HintRows#ofFile}. */
    public static TransformedRows ofHint(
            MemorySegment file, LatticeParameters parameters, int rows, TransformBudget budget) {
        return ofHint(HintRows.ofFile(file, parameters, rows), parameters, rows, budget);
    }

    /** Rows of a hint, centred to {@code [−2^23, 2^23)}. */
    public static TransformedRows ofHint(
            HintRows hint, LatticeParameters parameters, int rows, TransformBudget budget) {
        int rowBytes = HintCodec.rowBytes(parameters);
        Rows source = (firstRow, count, out) -> {
            byte[] packed = new byte[count * rowBytes];
            hint.read(firstRow, count, packed);
            HintCodec.unpackCentred(packed, out, count * parameters.latticeDimension());
        };
        return new TransformedRows(parameters, rows, source, hint, budget);
    }

    /** Says that these rows are needed soon. */
    public void prefetch() {
        if (hint != null && !areKept(0, groups())) {
            hint.prefetch();
        }
    }

    /**
     * Gives {@code work} all groups in ranges whose rows are readable, one range after another: a streamed hint is never
     * whole in memory.
     */
    synchronized void forEachWindow(LaneTasks.Range work) {
        int lanes = NegacyclicTransform.LANES;
        int window = hint == null ? rows : hint.window();
        for (int first = 0; first < rows; first += window) {
            int end = Math.min(rows, first + window);
            int firstGroup = first / lanes;
            int endGroup = (end + lanes - 1) / lanes;
            if (hint != null && !areKept(firstGroup, endGroup)) {
                hint.load(first, end - first);
            }
            work.run(firstGroup, endGroup);
        }
    }

    private boolean areKept(int firstGroup, int endGroup) {
        for (int g = firstGroup; g < endGroup; g++) {
            if (groups.get(g) == null) {
                return false;
            }
        }
        return true;
    }

    int rows() {
        return rows;
    }

    int groups() {
        return groups.length();
    }

    /** Rows {@code g·LANES …} transformed; missing rows of the last group are 0. */
    Group group(int g) {
        Group known = groups.get(g);
        if (known != null) {
            return known;
        }
        Group made = transform(g);
        long bytes = 16L * rank * NegacyclicTransform.laneArrayLength();
        if (budget.take(bytes) && !groups.compareAndSet(g, null, made)) {
            budget.giveBack(bytes);
        }
        return made;
    }

    private Group transform(int g) {
        int lanes = NegacyclicTransform.LANES;
        int points = NegacyclicTransform.POINTS;
        int n = rank * 2 * points;
        int count = Math.min(lanes, rows - g * lanes);
        int[] words = new int[lanes * n];
        source.read(g * lanes, count, words);
        double[][] re = new double[rank][NegacyclicTransform.laneArrayLength()];
        double[][] im = new double[rank][NegacyclicTransform.laneArrayLength()];
        for (int i = 0; i < rank; i++) {
            for (int lane = 0; lane < count; lane++) {
                int from = lane * n + i * 2 * points;
                for (int m = 0; m < points; m++) {
                    re[i][m * lanes + lane] = words[from + m];
                    im[i][m * lanes + lane] = words[from + points + m];
                }
            }
            NegacyclicTransform.forward(re[i], im[i]);
        }
        return new Group(re, im);
    }
}
