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
    static BlockSecret draw(LatticeParameters parameters, CentredBinomial.Seed seed) {
        int rank = parameters.rank();
        int n = parameters.ringDimension();
        BlockSecret secret = new BlockSecret(rank);
        int[] s = new int[(rank + LANES) * n]; // and zeros for lanes without an element
        try (CentredBinomial samples = new CentredBinomial()) {
            samples.fill(seed, CentredBinomial.SECRET, s, rank * n);
            Arrays.fill(s, rank * n, s.length, 0);
        }
        double[] lanes = new double[NegacyclicTransform.laneArrayLength()];
        LaneTransposition transposition = new LaneTransposition();
        for (int first = 0; first < rank; first += LANES) {
            transposition.twist(s, first * n, n, lanes);
            ForwardTransform.run(lanes, lanes, 0, DENSE);
            for (int m = 0; m < POINTS; m++) {
                for (int lane = 0; lane < Math.min(LANES, rank - first); lane++) {
                    int at = 2 * (m * rank + first + lane);
                    secret.points[at] = lanes[m * DENSE + lane];
                    secret.points[at + 1] = lanes[m * DENSE + LANES + lane];
                }
            }
        }
        transposition.wipe();
        Arrays.fill(s, 0);
        Arrays.fill(lanes, 0);
        return secret;
    }

    /**
     * {@code ⟨row, s⟩} for the rows of a group, as a dense lane array in the transform domain.
     *
     * @param group as {@link TransformedRows#kept} gives it
     */
    void multiply(double[] group, double[] out) {
        double[] s = points;
        int row = 0;
        int point = 0;
        for (int m = 0; m < POINTS; m++) {
            DoubleVector reRe = DoubleVector.zero(SPECIES);
            DoubleVector imIm = DoubleVector.zero(SPECIES);
            DoubleVector reIm = DoubleVector.zero(SPECIES);
            DoubleVector imRe = DoubleVector.zero(SPECIES);
            for (int i = 0; i < rank; i++, row += DENSE, point += 2) {
                DoubleVector aRe = DoubleVector.fromArray(SPECIES, group, row);
                DoubleVector aIm = DoubleVector.fromArray(SPECIES, group, row + LANES);
                DoubleVector sRe = DoubleVector.broadcast(SPECIES, s[point]);
                DoubleVector sIm = DoubleVector.broadcast(SPECIES, s[point + 1]);
                reRe = aRe.fma(sRe, reRe);
                imIm = aIm.fma(sIm, imIm);
                reIm = aRe.fma(sIm, reIm);
                imRe = aIm.fma(sRe, imRe);
            }
            reRe.sub(imIm).intoArray(out, m * DENSE);
            reIm.add(imRe).intoArray(out, m * DENSE + LANES);
        }
    }

    /** As {@link #multiply}, for two secrets at once, so that the group is read once. */
    static void multiply(BlockSecret first, BlockSecret second, double[] group, double[] out, double[] secondOut) {
        double[] s = first.points;
        double[] z = second.points;
        int row = 0;
        int point = 0;
        for (int m = 0; m < POINTS; m++) {
            DoubleVector reRe = DoubleVector.zero(SPECIES);
            DoubleVector imIm = DoubleVector.zero(SPECIES);
            DoubleVector reIm = DoubleVector.zero(SPECIES);
            DoubleVector imRe = DoubleVector.zero(SPECIES);
            DoubleVector secondReRe = DoubleVector.zero(SPECIES);
            DoubleVector secondImIm = DoubleVector.zero(SPECIES);
            DoubleVector secondReIm = DoubleVector.zero(SPECIES);
            DoubleVector secondImRe = DoubleVector.zero(SPECIES);
            for (int i = 0; i < first.rank; i++, row += DENSE, point += 2) {
                DoubleVector aRe = DoubleVector.fromArray(SPECIES, group, row);
                DoubleVector aIm = DoubleVector.fromArray(SPECIES, group, row + LANES);
                DoubleVector sRe = DoubleVector.broadcast(SPECIES, s[point]);
                DoubleVector sIm = DoubleVector.broadcast(SPECIES, s[point + 1]);
                reRe = aRe.fma(sRe, reRe);
                imIm = aIm.fma(sIm, imIm);
                reIm = aRe.fma(sIm, reIm);
                imRe = aIm.fma(sRe, imRe);
                sRe = DoubleVector.broadcast(SPECIES, z[point]);
                sIm = DoubleVector.broadcast(SPECIES, z[point + 1]);
                secondReRe = aRe.fma(sRe, secondReRe);
                secondImIm = aIm.fma(sIm, secondImIm);
                secondReIm = aRe.fma(sIm, secondReIm);
                secondImRe = aIm.fma(sRe, secondImRe);
            }
            reRe.sub(imIm).intoArray(out, m * DENSE);
            reIm.add(imRe).intoArray(out, m * DENSE + LANES);
            secondReRe.sub(secondImIm).intoArray(secondOut, m * DENSE);
            secondReIm.add(secondImRe).intoArray(secondOut, m * DENSE + LANES);
        }
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
