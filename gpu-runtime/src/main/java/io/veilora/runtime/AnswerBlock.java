package io.veilora.runtime;

import io.veilora.protocol.lattice.LatticeParameters;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile's sums, (tokens, features), and their way out: reduction mod {@code q}, rounding, writing.
 *
 * <p>Sums are integers of magnitude below 2^53, held exactly. With {@code m = round(sum/q)}, below 2^21, the product
 * {@code m·q} and {@code sum − m·q} are exact too; the quotient's own rounding can at most move the result by a hair
 * past ±q/2, where it still fits an {@code int}.
 */
final class AnswerBlock {
    static final int STRIDE = Tile.MAX_FEATURES;

    private static final double Q = LatticeParameters.Q;
    private static final double INVERSE_Q = 1 / Q;
    /**
     * Takes a centred residue to 16 bits. The result, below 2^15, has an error of at most 2^-37, and no multiple of
     * {@code 2^16/q} comes nearer than {@code 1/(2q)}, 2^-33, to a half-integer ({@code q} is odd): rounding is exact.
     */
    private static final double TO_16_BITS = 0x1p16 / Q;
    /** Adding and subtracting 1.5·2^52 rounds a double of magnitude up to 2^51 to the nearest integer. */
    private static final double ROUND = 0x1.8p52;

    private static final int LANES = TileProduct.LANES;
    private static final DoubleVector BROADCAST_MINUS_Q = DoubleVector.broadcast(TileProduct.SPECIES, -Q);
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(LANES * Integer.SIZE));

    final double[] sums = new double[Tile.MAX_TOKENS * STRIDE];
    private final int[] words = new int[STRIDE];
    private final short[] halfWords = new short[STRIDE];

    /** Forgets the sums of the first {@code rows} tokens. */
    void clear(int rows) {
        Arrays.fill(sums, 0, rows * STRIDE, 0);
    }

    /** Reduces the sums of the first {@code rows} tokens to centred residues, making room for more terms. */
    void reduce(int rows) {
        for (int i = 0; i < rows * STRIDE; i += LANES) {
            centred(DoubleVector.fromArray(TileProduct.SPECIES, sums, i)).intoArray(sums, i);
        }
    }

    void write(StackedProducts stack, Tile tile) {
        int count = tile.features();
        for (int row = 0; row < tile.tokens(); row++) {
            int token = tile.firstToken() + row;
            switch (stack.answerBits(token)) {
                case BITS_32 -> {
                    toWords(row * STRIDE, count);
                    stack.writeWords(token, tile.firstFeature(), words, count);
                }
                case BITS_16 -> {
                    toHalfWords(row * STRIDE, count);
                    stack.writeHalfWords(token, tile.firstFeature(), halfWords, count);
                }
            }
        }
    }

    private static DoubleVector centred(DoubleVector sum) {
        DoubleVector multiple = sum.mul(INVERSE_Q).add(ROUND).sub(ROUND);
        return multiple.fma(BROADCAST_MINUS_Q, sum);
    }

    private void toWords(int offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            IntVector residue = toInts(centred(DoubleVector.fromArray(TileProduct.SPECIES, sums, offset + i)));
            // q mod 2^32 is −WRAP: a negative residue becomes the unsigned word of residue + q.
            residue.sub(residue.lanewise(VectorOperators.ASHR, 31).and(InputBlock.WRAP))
                    .intoArray(words, i);
        }
    }

    private void toHalfWords(int offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            DoubleVector residue = centred(DoubleVector.fromArray(TileProduct.SPECIES, sums, offset + i));
            // The centred residue gives the same 16 bits as y: they differ by q, which is 2^16 here.
            toInts(residue.mul(TO_16_BITS)).intoArray(words, i);
        }
        for (int i = 0; i < count; i++) {
            halfWords[i] = (short) words[i];
        }
    }

    /** Rounded: once ROUND is added, the integer stands in the low bits of the double, in two's complement. */
    private static IntVector toInts(DoubleVector values) {
        return values.add(ROUND)
                .reinterpretAsLongs()
                .convertShape(VectorOperators.L2I, INTS, 0)
                .reinterpretAsInts();
    }
}
