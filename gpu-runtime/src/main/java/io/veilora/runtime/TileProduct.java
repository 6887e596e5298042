package io.veilora.runtime;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One thread's workspace, about 1.2 MB, and the exact multiplication of one {@link Tile} in it.
 *
 * <p>Doubles multiply integers exactly as long as every sum stays below 2^53 in magnitude, in whatever order FMA adds
 * them: 2^14 terms of a centred word (at most 2^31) times an int8 weight (at most 2^7) reach 2^52, and the centred
 * residue of what came before adds 2^31. So the sums are reduced mod {@code q} after every 2^14 terms.
 *
 * <p>The loops are those of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 2008):
 * a block of tokens rests in the L2 cache, a panel of weights in L1, {@link #ROWS} × {@link #COLUMNS} sums in registers.
 */
final class TileProduct {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** 6 rows × 2 vectors: 15 registers, which is all that AVX2 has, and enough chains to hide the FMA's latency. */
    static final int ROWS = 6;

    static final int COLUMNS = 2 * LANES;

    /** Terms between two visits of the sums to memory; a panel of them fits L1. */
    static final int DEPTH = 256;

    /** A multiple of {@link #DEPTH}. */
    static final int EXACT_TERMS = 1 << 14;

    private final InputBlock input = new InputBlock();
    private final WeightBlock weights = new WeightBlock();
    private final AnswerBlock answer = new AnswerBlock();

    /** Multiplies and writes one tile of the answer. */
    void compute(MemorySegment int8, StackedProducts stack, Tile tile) {
        int rows = Tile.roundUp(tile.tokens(), ROWS);
        answer.clear(rows);
        for (int term = 0; term < stack.depth(); term += DEPTH) {
            if (term > 0 && term % EXACT_TERMS == 0) {
                answer.reduce(rows);
            }
            int depth = Math.min(DEPTH, stack.depth() - term);
            input.read(stack, tile, term, depth);
            weights.read(int8, stack, tile, term, depth);
            for (int feature = 0; feature < tile.features(); feature += COLUMNS) {
                weights.unpackPanel(feature);
                for (int row = 0; row < rows; row += ROWS) {
                    multiplyAdd(row, feature, depth);
                }
            }
        }
        answer.write(stack, tile);
    }

    /** {@code sums[row ..][feature ..] += rows[row ..]·panel}, 6 rows by 2 vectors, over {@code depth} terms. */
    private void multiplyAdd(int row, int feature, int depth) {
        double[] a = input.rows;
        double[] b = weights.panel;
        double[] c = answer.sums;
        int a0 = row * InputBlock.STRIDE;
        int a1 = a0 + InputBlock.STRIDE;
        int a2 = a1 + InputBlock.STRIDE;
        int a3 = a2 + InputBlock.STRIDE;
        int a4 = a3 + InputBlock.STRIDE;
        int a5 = a4 + InputBlock.STRIDE;
        DoubleVector l0 = zero(), l1 = zero(), l2 = zero(), l3 = zero(), l4 = zero(), l5 = zero();
        DoubleVector r0 = zero(), r1 = zero(), r2 = zero(), r3 = zero(), r4 = zero(), r5 = zero();
        for (int k = 0; k < depth; k++) {
            DoubleVector left = DoubleVector.fromArray(SPECIES, b, k * COLUMNS);
            DoubleVector right = DoubleVector.fromArray(SPECIES, b, k * COLUMNS + LANES);
            DoubleVector x = DoubleVector.broadcast(SPECIES, a[a0 + k]);
            l0 = left.fma(x, l0);
            r0 = right.fma(x, r0);
            x = DoubleVector.broadcast(SPECIES, a[a1 + k]);
            l1 = left.fma(x, l1);
            r1 = right.fma(x, r1);
            x = DoubleVector.broadcast(SPECIES, a[a2 + k]);
            l2 = left.fma(x, l2);
            r2 = right.fma(x, r2);
            x = DoubleVector.broadcast(SPECIES, a[a3 + k]);
            l3 = left.fma(x, l3);
            r3 = right.fma(x, r3);
            x = DoubleVector.broadcast(SPECIES, a[a4 + k]);
            l4 = left.fma(x, l4);
            r4 = right.fma(x, r4);
            x = DoubleVector.broadcast(SPECIES, a[a5 + k]);
            l5 = left.fma(x, l5);
            r5 = right.fma(x, r5);
        }
        int c0 = row * AnswerBlock.STRIDE + feature;
        add(c, c0, l0, r0);
        add(c, c0 + AnswerBlock.STRIDE, l1, r1);
        add(c, c0 + 2 * AnswerBlock.STRIDE, l2, r2);
        add(c, c0 + 3 * AnswerBlock.STRIDE, l3, r3);
        add(c, c0 + 4 * AnswerBlock.STRIDE, l4, r4);
        add(c, c0 + 5 * AnswerBlock.STRIDE, l5, r5);
    }

    private static DoubleVector zero() {
        return DoubleVector.zero(SPECIES);
    }

    private static void add(double[] sums, int at, DoubleVector left, DoubleVector right) {
        DoubleVector.fromArray(SPECIES, sums, at).add(left).intoArray(sums, at);
        DoubleVector.fromArray(SPECIES, sums, at + LANES).add(right).intoArray(sums, at + LANES);
    }
}
