package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The universal hash against its definition, one pair after the other. */
class PlaintextHashTest {
    private static final int LANES = PlaintextHash.STEP / 2;
    private final PlaintextHash hash = new PlaintextHash(new byte[32]);

    private static float[] gaussian(int seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** {@code Σ (m + k mod 2^32)·(m' + k' mod 2^32) mod 2^64}; the keys of copy c begin c steps later. */
    private static long[] slow(int[] integers, long[] key) {
        long[] sums = new long[PlaintextHash.COPIES];
        for (int copy = 0; copy < sums.length; copy++) {
            for (int step = 0; step < integers.length; step += PlaintextHash.STEP) {
                for (int lane = step; lane < step + LANES; lane++) {
                    int at = lane + copy * PlaintextHash.STEP;
                    long first = Integer.toUnsignedLong(integers[lane] + (int) key[at]);
                    long second = Integer.toUnsignedLong(integers[lane + LANES] + (int) key[at + LANES]);
                    sums[copy] += first * second;
                }
            }
        }
        return sums;
    }

    private long[] fast(QuantizedRow row, int count) {
        long[] lanes = new long[PlaintextHash.COPIES * LANES];
        PlaintextHash.add(row, count, hash.key(PlaintextHash.steps(count)), 0, lanes);
        long[] sums = new long[PlaintextHash.COPIES];
        for (int i = 0; i < lanes.length; i++) {
            sums[i / LANES] += lanes[i];
        }
        return sums;
    }

    @Test
    void lanesGiveWhatTheDefinitionGivesAtAnyLength() {
        for (int count : new int[] {1, 7, 15, 16, 17, 100, 2048, 5001}) {
            float[] x = gaussian(count, count);
            float[] c = gaussian(count + 1, count);
            for (float[] featureScales : new float[][] {null, c}) {
                int[] integers = new int[PlaintextHash.steps(count) * PlaintextHash.STEP];
                for (int j = 0; j < count; j++) {
                    double value = featureScales == null ? x[j] : (double) x[j] * c[j];
                    integers[j] = (int) Math.rint(value * 1e8);
                }
                assertThat(fast(new QuantizedRow(x, 0, featureScales, 1e8), count))
                        .as("%d integers", count)
                        .isEqualTo(slow(integers, hash.key(PlaintextHash.steps(count))));
            }
        }
    }

    @Test
    void aLongerKeyBeginsWithTheShorterOne() {
        long[] shorter = hash.key(1).clone();
        long[] longer = hash.key(100_000);
        assertThat(Arrays.copyOf(longer, shorter.length)).isEqualTo(shorter);
    }

    @Test
    void everyIntegerOfARequestChangesTheHashOfItsBlockAndNoOther() {
        int features = 21;
        int tokens = 300;
        var step = new TokenQuantizer.Step("test", features, 100, null);
        float[] x = gaussian(3, tokens * features);
        Set<String> seen = new HashSet<>();
        byte[] second = plaintext(step, x, tokens).hash(256, 300);
        seen.add(Arrays.toString(plaintext(step, x, tokens).hash(0, 256)));
        for (int i = 0; i < 256 * features; i += 13) {
            float[] other = x.clone();
            other[i] += 0.01f;
            Plaintext changed = plaintext(step, other, tokens);
            assertThat(seen.add(Arrays.toString(changed.hash(0, 256))))
                    .as("value %d", i)
                    .isTrue();
            assertThat(changed.hash(256, 300)).isEqualTo(second);
        }
    }

    private Plaintext plaintext(TokenQuantizer.Step step, float[] x, int tokens) {
        Plaintext plaintext = new Plaintext(step, x, 0, tokens);
        plaintext.scaleAndHash(LatticeParameters.MLWE_256x5, hash);
        return plaintext;
    }

    @Test
    void theHashedIntegersAreThoseOfTheQuantizer() {
        int features = 37;
        var step = new TokenQuantizer.Step("test", features, 100, gaussian(4, features));
        float[] x = gaussian(5, 300 * features);
        Arrays.fill(x, 2 * features, 3 * features, 0f);
        int[] expected = new int[300 * features];
        double[] scales = TokenQuantizer.quantize(LatticeParameters.MLWE_256x5, step, x, 0, 300, expected);
        Plaintext plaintext = plaintext(step, x, 300);
        assertThat(plaintext.scales()).isEqualTo(scales);
        for (int i = 0; i < expected.length; i++) {
            assertThat((int) plaintext.integer(i / features, i % features)).isEqualTo(expected[i]);
        }
    }
}
