package io.veilora.client.crypto;

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
    private final double[][] re; // (k, M)
    private final double[][] im; // (k, M)

    private BlockSecret(double[][] re, double[][] im) {
        this.re = re;
        this.im = im;
    }

    /** Draws {@code k·N} samples and transforms them, one ring element a lane. */
    static BlockSecret draw(LatticeParameters parameters, CentredBinomial samples) {
        int rank = parameters.rank();
        int[] s = new int[parameters.latticeDimension()];
        samples.addTo(s, 0, s.length);
        double[][] re = new double[rank][POINTS];
        double[][] im = new double[rank][POINTS];
        double[] laneRe = new double[NegacyclicTransform.laneArrayLength()];
        double[] laneIm = new double[NegacyclicTransform.laneArrayLength()];
        for (int first = 0; first < rank; first += LANES) {
            int count = Math.min(LANES, rank - first);
            for (int m = 0; m < POINTS; m++) {
                for (int lane = 0; lane < count; lane++) {
                    laneRe[m * LANES + lane] = s[(first + lane) * 2 * POINTS + m];
                    laneIm[m * LANES + lane] = s[(first + lane) * 2 * POINTS + POINTS + m];
                }
            }
            NegacyclicTransform.forward(laneRe, laneIm);
            for (int m = 0; m < POINTS; m++) {
                for (int lane = 0; lane < count; lane++) {
                    re[first + lane][m] = laneRe[m * LANES + lane];
                    im[first + lane][m] = laneIm[m * LANES + lane];
                }
            }
        }
        Arrays.fill(s, 0);
        Arrays.fill(laneRe, 0);
        Arrays.fill(laneIm, 0);
        return new BlockSecret(re, im);
    }

    /**
     * {@code ⟨row, s⟩} for the rows of a group, as lane arrays after the inverse transform (before the untwist).
     *
     * @param outRe (M, LANES)
     * @param outIm (M, LANES)
     */
    void innerProducts(TransformedRows.Group rows, double[] outRe, double[] outIm) {
        for (int m = 0; m < POINTS; m++) {
            int at = m * LANES;
            DoubleVector sumRe = DoubleVector.zero(SPECIES);
            DoubleVector sumIm = DoubleVector.zero(SPECIES);
            for (int i = 0; i < re.length; i++) {
                DoubleVector aRe = DoubleVector.fromArray(SPECIES, rows.re()[i], at);
                DoubleVector aIm = DoubleVector.fromArray(SPECIES, rows.im()[i], at);
                DoubleVector sRe = DoubleVector.broadcast(SPECIES, re[i][m]);
                DoubleVector sIm = DoubleVector.broadcast(SPECIES, im[i][m]);
                sumRe = aRe.fma(sRe, sumRe);
                sumIm = aRe.fma(sIm, sumIm);
                sumRe = aIm.fma(sIm.neg(), sumRe);
                sumIm = aIm.fma(sRe, sumIm);
            }
            sumRe.intoArray(outRe, at);
            sumIm.intoArray(outIm, at);
        }
        NegacyclicTransform.inverse(outRe, outIm);
    }

    void wipe() {
        for (double[] part : re) {
            Arrays.fill(part, 0);
        }
        for (double[] part : im) {
            Arrays.fill(part, 0);
        }
    }

    /** Whether nothing is left of the secret. */
    boolean wiped() {
        for (double[] part : re) {
            for (double value : part) {
                if (value != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return "BlockSecret[redacted]";
    }
}
