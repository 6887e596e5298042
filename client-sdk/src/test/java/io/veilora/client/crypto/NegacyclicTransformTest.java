package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import java.util.Random;
import jdk.incubator.vector.DoubleVector;
import org.junit.jupiter.api.Test;

class NegacyclicTransformTest {
    private static final int N = 2 * POINTS;

    @Test
    void innerProductsEqualSchoolbookConvolutionAtEverySecretExtreme() {
        for (LatticeParameters parameters : LatticeParameters.values()) {
            PublicMatrix matrix = PublicMatrix.of(parameters, "cd".repeat(32), 7);
            int n = parameters.latticeDimension();
            int rows = LANES + 3; // the last group is not full
            int[] words = new int[rows * n];
            matrix.expandRows(0, words);
            byte[] seed = new byte[BlockSeeds.SEED_BYTES];
            new Random(11).nextBytes(seed);
            int[] s = new int[n];
            new CentredBinomial(seed).addTo(s, 0, n);
            BlockSecret secret = BlockSecret.draw(parameters, new CentredBinomial(seed));
            TransformedRows transformed = TransformedRows.of(matrix, rows, new TransformBudget(0));
            for (int row = 0; row < rows; row++) {
                double[] got = product(secret, transformed, row);
                long[] expected = schoolbook(words, row * n, s, parameters.rank());
                for (int t = 0; t < N; t++) {
                    assertThat(Math.abs(got[t] - expected[t]))
                            .as("row %d coefficient %d", row, t)
                            .isLessThan(0.01);
                }
            }
        }
    }

    private static double[] product(BlockSecret secret, TransformedRows rows, int row) {
        double[] lanes = new double[NegacyclicTransform.laneArrayLength()];
        double[] group = rows.compute(row / LANES, new double[rows.groupLength()]);
        secret.innerProducts(group, lanes, 0);
        double[] coefficients = new double[N];
        for (int m = 0; m < POINTS; m++) {
            DoubleVector re = DoubleVector.fromArray(NegacyclicTransform.SPECIES, lanes, m * NegacyclicTransform.DENSE);
            DoubleVector im =
                    DoubleVector.fromArray(NegacyclicTransform.SPECIES, lanes, m * NegacyclicTransform.DENSE + LANES);
            coefficients[m] = NegacyclicTransform.untwist(re, im, m).lane(row % LANES);
            coefficients[m + POINTS] =
                    NegacyclicTransform.untwist(re, im, m + POINTS).lane(row % LANES);
        }
        return coefficients;
    }

    private static long[] schoolbook(int[] words, int offset, int[] s, int rank) {
        long[] out = new long[N];
        for (int i = 0; i < rank; i++) {
            for (int a = 0; a < N; a++) {
                long word = Integer.toUnsignedLong(words[offset + i * N + a]);
                long centred = word > LatticeParameters.Q / 2 ? word - LatticeParameters.Q : word;
                for (int b = 0; b < N; b++) {
                    long term = centred * s[i * N + b];
                    out[(a + b) % N] += a + b < N ? term : -term;
                }
            }
        }
        return out;
    }
}
