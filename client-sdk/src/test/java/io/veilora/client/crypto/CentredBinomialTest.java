package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.veilora.protocol.lattice.LatticeParameters;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CentredBinomialTest {
    private static int[] samples(long seed, int count) {
        byte[] bytes = new byte[BlockSeeds.SEED_BYTES];
        new Random(seed).nextBytes(bytes);
        int[] out = new int[count];
        try (CentredBinomial stream = new CentredBinomial(bytes)) {
            stream.addTo(out, 0, count);
        }
        return out;
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
    void oneSeedIsOneStreamHoweverItIsCut() {
        byte[] bytes = new byte[BlockSeeds.SEED_BYTES];
        int[] cut = new int[10_000];
        try (CentredBinomial stream = new CentredBinomial(bytes)) {
            stream.addTo(cut, 0, 1280);
            stream.addTo(cut, 1280, 8720);
        }
        int[] whole = new int[10_000];
        try (CentredBinomial stream = new CentredBinomial(bytes)) {
            stream.addTo(whole, 0, 10_000);
        }
        assertThat(cut).isEqualTo(whole);
    }
}
