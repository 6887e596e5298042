package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import org.junit.jupiter.api.Test;

class CentredBinomialTest {
    private static CentredBinomial.Seed seed(long number) {
        byte[] bytes = new byte[BlockSeeds.SEED_BYTES];
        new Random(number).nextBytes(bytes);
        return CentredBinomial.Seed.of(bytes);
    }

    private static int[] samples(long seed, int stream, int count) {
        int[] out = new int[CentredBinomial.length(count)];
        try (CentredBinomial samples = new CentredBinomial()) {
            samples.fill(seed(seed), stream, out, count);
        }
        return Arrays.copyOf(out, count);
    }

    private static int[] samples(long seed, int count) {
        return samples(seed, 1, count);
    }

    @Test
    void everyValueHasItsBinomialFrequency() {
        int count = 2_000_000;
        int[] histogram = new int[43];
        for (int sample : samples(1, count)) {
            histogram[sample + 21]++;
        }
        double probability = Math.pow(2, -42); // C(42, 0) / 2^42
        for (int k = 0; k <= 42; k++) {
            double expected = count * probability;
            assertThat((double) histogram[k])
                    .as("value %d", k - 21)
                    .isCloseTo(expected, within(6 * Math.sqrt(expected) + 3));
            probability *= (42.0 - k) / (k + 1);
        }
    }

    @Test
    void theStandardDeviationIsTheParameters() {
        double squares = Arrays.stream(samples(2, 500_000))
                .mapToDouble(v -> (double) v * v)
                .sum();
        assertThat(Math.sqrt(squares / 500_000)).isCloseTo(LatticeParameters.SIGMA, within(0.02));
    }

    @Test
    void aShortStreamIsTheBeginningOfALongOne() {
        int[] whole = samples(3, 30_000);
        for (int count : new int[] {1, 47, 48, 1280, 9216, 9217}) {
            assertThat(samples(3, count)).isEqualTo(Arrays.copyOf(whole, count));
        }
    }

    @Test
    void streamsOfOneSeedAndSeedsOfOneStreamAreUnrelated() {
        int count = 100_000;
        int[] first = samples(4, 1, count);
        for (int[] other : new int[][] {samples(4, 0, count), samples(4, 2, count), samples(5, 1, count)}) {
            double products = 0;
            for (int i = 0; i < count; i++) {
                products += first[i] * other[i];
            }
            double variance = LatticeParameters.SIGMA * LatticeParameters.SIGMA;
            assertThat(Math.abs(products)).isLessThan(6 * variance * Math.sqrt(count));
        }
    }

    @Test
    void neighboursThatShareAWordAreUncorrelated() {
        int count = 480_000;
        int[] all = samples(6, count);
        for (int apart : new int[] {1, 16, 32}) {
            double products = 0;
            for (int i = 0; i + apart < count; i++) {
                products += all[i] * all[i + apart];
            }
            double variance = LatticeParameters.SIGMA * LatticeParameters.SIGMA;
            assertThat(Math.abs(products)).as("%d apart", apart).isLessThan(6 * variance * Math.sqrt(count));
        }
    }

    @Test
    void everySampleCountsFortyTwoBitsOfItsKeyStream() throws GeneralSecurityException {
        CentredBinomial.Seed seed = seed(7);
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        ByteBuffer counter = ByteBuffer.allocate(16).putLong(seed.counter()).putInt(9);
        cipher.init(Cipher.ENCRYPT_MODE, seed.key(), new IvParameterSpec(counter.array()));
        IntBuffer words = ByteBuffer.wrap(cipher.update(new byte[4 * 64 * 250]))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer();
        int[] expected = new int[48 * 250];
        for (int i = 0; i < expected.length; i++) {
            int unit = i / 48 * 64;
            int more = words.get(unit + 48 + i % 16) >>> i % 48 / 16 * 10 & 0x3FF;
            expected[i] = Integer.bitCount(words.get(unit + i % 48)) + Integer.bitCount(more) - 21;
        }
        assertThat(samples(7, 9, expected.length)).isEqualTo(expected);
    }
}
