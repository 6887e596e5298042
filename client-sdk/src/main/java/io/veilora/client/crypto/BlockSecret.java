package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.DENSE;
import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import io.veilora.protocol.lattice.LatticeParameters;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * The one-time secret {@code s ∈ R^k} of one block, in the transform domain; serves one encryption and the decryption of
 * its answer, then {@link #wipe}.
 */
final class BlockSecret {
    private final int rank; // k
    private final double[] points; // (M, k, 2): real and imaginary part

    private BlockSecret(int rank) {
        this.rank = rank;
        this.points = new double[POINTS * rank * 2];
    }

    /** Draws {@code k·N} samples and transforms them, one ring element a lane. */
    static BlockSecret draw(LatticeParameters parameters, CentredBinomial samples) {
        int rank = parameters.rank();
        BlockSecret secret = new BlockSecret(rank);
        int[] s = new int[parameters.latticeDimension()];
        samples.addTo(s, 0, s.length);
        double[] lanes = new double[NegacyclicTransform.laneArrayLength()];
        for (int first = 0; first < rank; first += LANES) {
            int count = Math.min(LANES, rank - first);
            for (int m = 0; m < POINTS; m++) {
                for (int lane = 0; lane < count; lane++) {
                    lanes[m * DENSE + lane] = s[(first + lane) * 2 * POINTS + m];
                    lanes[m * DENSE + LANES + lane] = s[(first + lane) * 2 * POINTS + POINTS + m];
                }
            }
            NegacyclicTransform.forward(lanes, 0, DENSE);
            for (int m = 0; m < POINTS; m++) {
                for (int lane = 0; lane < count; lane++) {
                    int at = 2 * (m * rank + first + lane);
                    secret.points[at] = lanes[m * DENSE + lane];
                    secret.points[at + 1] = lanes[m * DENSE + LANES + lane];
                }
            }
        }
        Arrays.fill(s, 0);
        Arrays.fill(lanes, 0);
        return secret;
    }

    /**
     * {@code ⟨row, s⟩} for the rows of a group, as a lane array after the inverse transform (before the untwist).
     *
     * @param group as {@link TransformedRows#group} gives it
     * @param out holds the lane array, from {@code at} on
     */
    void innerProducts(double[] group, double[] out, int at) {
        int row = 0;
        int point = 0;
        for (int m = 0; m < POINTS; m++) {
            DoubleVector sumRe = DoubleVector.zero(SPECIES);
            DoubleVector sumIm = DoubleVector.zero(SPECIES);
            for (int i = 0; i < rank; i++, row += DENSE, point += 2) {
                DoubleVector aRe = DoubleVector.fromArray(SPECIES, group, row);
                DoubleVector aIm = DoubleVector.fromArray(SPECIES, group, row + LANES);
                DoubleVector sRe = DoubleVector.broadcast(SPECIES, points[point]);
                DoubleVector sIm = DoubleVector.broadcast(SPECIES, points[point + 1]);
                sumRe = aRe.fma(sRe, sumRe);
                sumIm = aRe.fma(sIm, sumIm);
                sumRe = aIm.neg().fma(sIm, sumRe);
                sumIm = aIm.fma(sRe, sumIm);
            }
            sumRe.intoArray(out, at + m * DENSE);
            sumIm.intoArray(out, at + m * DENSE + LANES);
        }
        NegacyclicTransform.inverse(out, at);
    }

    void wipe() {
        Arrays.fill(points, 0);
    }

    /** Whether nothing is left of the secret. */
    boolean wiped() {
        return Arrays.stream(points).allMatch(value -> value == 0);
    }

    @Override
    public String toString() {
        return "BlockSecret[redacted]";
    }
}
