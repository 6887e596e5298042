package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.wire.HintCodec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Rows of the public matrix or of a hint in the transform domain, {@link NegacyclicTransform#LANES} rows a group,
 * computed when first needed and kept while the {@link TransformBudget} allows.
 *
 * <p>A group is one array {@code (M, k, 2, LANES)}: for each point and ring element the real and the imaginary parts of
 * {@code LANES} neighbouring rows, in the order in which {@link BlockSecret#multiply} reads them. Safe for
 * concurrent use.
 */
public final class TransformedRows {
    /** Gives rows as integers near 0, {@code n} a row. */
    private interface Rows {
        void read(int firstRow, int count, int[] out, Workspace workspace);
    }

    private final LatticeParameters parameters;
    private final int rows;
    private final Rows source;
    private final HintRows hint; // null for the public matrix
    private final TransformBudget budget;
    private final AtomicReferenceArray<double[]> groups;

    private TransformedRows(
            LatticeParameters parameters, int rows, Rows source, HintRows hint, TransformBudget budget) {
        this.parameters = parameters;
        this.rows = rows;
        this.source = source;
        this.hint = hint;
        this.budget = budget;
        this.groups = new AtomicReferenceArray<>((rows + LANES - 1) / LANES);
    }

    /** Rows {@code 0 … rows−1} of the public matrix, centred to {@code (−q/2, q/2]}. */
    public static TransformedRows of(PublicMatrix matrix, int rows, TransformBudget budget) {
        int n = matrix.parameters().latticeDimension();
        Rows source = (firstRow, count, out, workspace) -> {
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
        Rows source = (firstRow, count, out, workspace) -> {
            byte[] packed = workspace.packed(LANES * HintCodec.rowBytes(parameters) + IntLanes.UNPACK_SLACK);
            hint.read(firstRow, count, packed);
            IntLanes.unpack24(packed, out, count * parameters.latticeDimension());
        };
        return new TransformedRows(parameters, rows, source, hint, budget);
    }

    /** Says that these rows are needed soon. */
    public void prefetch() {
        if (hint != null && !areKept(0, rows)) {
            hint.prefetch();
        }
    }

    /** Works on rows {@code first … end−1}. */
    interface Window {
        void run(int first, int end);
    }

    /**
     * Gives {@code work} all rows in ranges that are readable, one range after another: a streamed hint is never whole in
     * memory.
     */
    synchronized void forEachWindow(Window work) {
        if (hint == null) {
            work.run(0, rows);
            return;
        }
        try {
            for (int first = 0; first < rows; first += hint.window()) {
                int end = Math.min(rows, first + hint.window());
                if (!areKept(first, end)) {
                    hint.load(first, end - first);
                }
                work.run(first, end);
            }
        } finally {
            hint.release();
        }
    }

    private boolean areKept(int first, int end) {
        for (int g = first / LANES; g * LANES < end; g++) {
            if (groups.get(g) == null) {
                return false;
            }
        }
        return true;
    }

    LatticeParameters parameters() {
        return parameters;
    }

    int rows() {
        return rows;
    }

    private int groupLength() {
        return parameters.rank() * NegacyclicTransform.laneArrayLength();
    }

    /**
     * Rows {@code g·LANES …} transformed, missing rows of the last group are 0; computed if they are not kept, and kept
     * from now on if the budget allows.
     *
     * @param place which of the workspace's groups may be overwritten and returned if this one is not kept
     */
    double[] group(int g, int place, Workspace workspace) {
        double[] kept = groups.get(g);
        if (kept != null) {
            return kept;
        }
        long bytes = 8L * groupLength();
        if (!budget.take(bytes)) {
            double[] room = workspace.group(place, groupLength());
            transform(g, room, workspace);
            return room;
        }
        double[] made = new double[groupLength()];
        transform(g, made, workspace);
        if (!groups.compareAndSet(g, null, made)) {
            budget.giveBack(bytes);
        }
        return made;
    }

    private void transform(int g, double[] out, Workspace workspace) {
        int count = Math.min(LANES, rows - g * LANES);
        int n = parameters.latticeDimension();
        int[] words = workspace.words(LANES * n);
        Arrays.fill(words, count * n, words.length, 0);
        source.read(g * LANES, count, words, workspace);
        int stride = parameters.rank() * DENSE;
        for (int i = 0; i < parameters.rank(); i++) {
            workspace.transposition.twist(words, i * parameters.ringDimension(), n, workspace.lanes);
            ForwardTransform.run(workspace.lanes, out, i * DENSE, stride);
        }
    }
}
