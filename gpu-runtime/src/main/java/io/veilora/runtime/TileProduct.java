package io.veilora.runtime;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One thread's workspace, some 1.2 MB, and the exact multiplication of one {@link Tile} in it.
 *
 * <p>Doubles multiply integers exactly as long as every sum stays below 2^53 in magnitude, in whatever order FMA adds
 * them: 2^14 terms of a centred word (at most 2^31) times an int8 weight (at most 2^7) reach 2^52, and the centred
 * residue of what came before adds 2^31. So the sums are reduced mod {@code q} after every 2^14 terms.
 *
 * <p>The loops are those of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 2008):
 * a block of tokens rests in the L2 cache, a panel of weights in L1, {@link #ROWS} × {@link #COLUMNS} sums in registers.
 */
final class TileProduct {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** 6 rows × 2 vectors: 15 registers, which is all that AVX2 has, and enough chains to hide the FMA's latency. */
    static final int ROWS = 6;

    static final int COLUMNS = 2 * LANES;

    static final Tile.Grain GRAIN = new Tile.Grain(ROWS, COLUMNS);

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
                weights.unpackPanel(feature, depth);
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
        int stride = input.stride;
        int a0 = row * stride;
        int a1 = a0 + stride;
        int a2 = a1 + stride;
        int a3 = a2 + stride;
        int a4 = a3 + stride;
        int a5 = a4 + stride;
        int c0 = row * AnswerBlock.STRIDE + feature;
        int c1 = c0 + AnswerBlock.STRIDE;
        int c2 = c1 + AnswerBlock.STRIDE;
        int c3 = c2 + AnswerBlock.STRIDE;
        int c4 = c3 + AnswerBlock.STRIDE;
        int c5 = c4 + AnswerBlock.STRIDE;
        // Not from zero(), added up at the end: C2 (JDK 25) then boxes one of the twelve in each turn, at half the
        // speed.
        DoubleVector l0 = DoubleVector.fromArray(SPECIES, c, c0);
        DoubleVector r0 = DoubleVector.fromArray(SPECIES, c, c0 + LANES);
        DoubleVector l1 = DoubleVector.fromArray(SPECIES, c, c1);
        DoubleVector r1 = DoubleVector.fromArray(SPECIES, c, c1 + LANES);
        DoubleVector l2 = DoubleVector.fromArray(SPECIES, c, c2);
        DoubleVector r2 = DoubleVector.fromArray(SPECIES, c, c2 + LANES);
        DoubleVector l3 = DoubleVector.fromArray(SPECIES, c, c3);
        DoubleVector r3 = DoubleVector.fromArray(SPECIES, c, c3 + LANES);
        DoubleVector l4 = DoubleVector.fromArray(SPECIES, c, c4);
        DoubleVector r4 = DoubleVector.fromArray(SPECIES, c, c4 + LANES);
        DoubleVector l5 = DoubleVector.fromArray(SPECIES, c, c5);
        DoubleVector r5 = DoubleVector.fromArray(SPECIES, c, c5 + LANES);
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
        l0.intoArray(c, c0);
        r0.intoArray(c, c0 + LANES);
        l1.intoArray(c, c1);
        r1.intoArray(c, c1 + LANES);
        l2.intoArray(c, c2);
        r2.intoArray(c, c2 + LANES);
        l3.intoArray(c, c3);
        r3.intoArray(c, c3 + LANES);
        l4.intoArray(c, c4);
        r4.intoArray(c, c4 + LANES);
        l5.intoArray(c, c5);
        r5.intoArray(c, c5 + LANES);
    }
}
