package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import java.util.Random;
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
            int[] s = new int[CentredBinomial.length(n)];
            new CentredBinomial().fill(CentredBinomial.Seed.of(seed), CentredBinomial.SECRET, s, n);
            BlockSecret secret = BlockSecret.draw(parameters, CentredBinomial.Seed.of(seed));
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
        double[] coefficients = new double[N * LANES];
        secret.multiply(rows.group(row / LANES, 0, Workspace.take()), lanes);
        InverseTransform.run(lanes, coefficients, 0, LANES);
        return lane(coefficients, row % LANES);
    }

    private static double[] lane(double[] coefficients, int lane) {
        double[] one = new double[N];
        for (int t = 0; t < N; t++) {
            one[t] = coefficients[t * LANES + lane];
        }
        return one;
    }

    @Test
    void twoSecretsAtOnceGiveWhatEachGivesAlone() {
        LatticeParameters parameters = LatticeParameters.MLWE_256x6;
        PublicMatrix matrix = PublicMatrix.of(parameters, "cd".repeat(32), 7);
        TransformedRows rows = TransformedRows.of(matrix, LANES, new TransformBudget(0));
        double[] group = rows.group(0, 0, Workspace.take());
        BlockSecret[] secrets = new BlockSecret[2];
        double[][] alone = new double[2][NegacyclicTransform.laneArrayLength()];
        for (int i = 0; i < 2; i++) {
            byte[] seed = new byte[BlockSeeds.SEED_BYTES];
            new Random(12 + i).nextBytes(seed);
            secrets[i] = BlockSecret.draw(parameters, CentredBinomial.Seed.of(seed));
            secrets[i].multiply(group, alone[i]);
        }
        double[][] together = new double[2][NegacyclicTransform.laneArrayLength()];
        BlockSecret.multiply(secrets[0], secrets[1], group, together[0], together[1]);
        assertThat(together).isDeepEqualTo(alone);
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
