package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The last step of decryption: {@code (y·2^24/q − ⟨h, s⟩) mod 2^24}, centred, times {@code q/2^24 · c_j / Δ_t}. A 16-bit
 * answer is {@code y·2^16/q} rounded, so everything up to the scaling is 32-bit integer arithmetic; a 32-bit answer takes
 * doubles.
 */
final class Unmasking {
    private static final double HINT_RANGE = 0x1p24;
    private static final int RANGES_A_CORE = 3;

    private final EncryptedTensor answer;
    private final int features;
    private final int[] hintProducts; // ⟨h, s⟩ mod 2^32, (T, d')
    private final float[] units; // q/2^24 · c_j, (d')

    Unmasking(EncryptedTensor answer, int[] hintProducts, float[] featureScales) {
        this.answer = answer;
        this.features = answer.features();
        this.hintProducts = hintProducts;
        this.units = new float[features];
        for (int j = 0; j < features; j++) {
            units[j] = (float) (LatticeParameters.Q / HINT_RANGE * (featureScales == null ? 1 : featureScales[j]));
        }
    }

    /**
     * Unmasks as many tokens as there are scales, and wipes the hint products of each while they are at hand.
     *
     * @param scales {@code Δ_t}; a token with an infinite one becomes exact zeros
     * @param y (…, d'), overwritten from row {@code firstToken} on
     */
    void toReals(double[] scales, float[] y, int firstToken) {
        int ranges =
                Math.min(scales.length, RANGES_A_CORE * Runtime.getRuntime().availableProcessors());
        IntStream.range(0, ranges).parallel().forEach(r -> {
            int first = (int) ((long) scales.length * r / ranges);
            int end = (int) ((long) scales.length * (r + 1) / ranges);
            if (answer.bits() == AnswerBits.BITS_16) {
                short[] halves = new short[features];
                for (int t = first; t < end; t++) {
                    MemorySegment.copy(answer.payload(), EncryptedTensor.U16, 2L * t * features, halves, 0, features);
                    ofHalves(halves, t * features, (float) (1 / scales[t]), y, (firstToken + t) * features);
                    Arrays.fill(hintProducts, t * features, (t + 1) * features, 0);
                }
            } else {
                int[] words = new int[features];
                for (int t = first; t < end; t++) {
                    MemorySegment.copy(answer.payload(), EncryptedTensor.U32, 4L * t * features, words, 0, features);
                    ofWords(words, t * features, (float) (1 / scales[t]), y, (firstToken + t) * features);
                    Arrays.fill(hintProducts, t * features, (t + 1) * features, 0);
                }
            }
        });
    }

    // Plain loops: the compiler turns them into vector code by itself.

    private void ofHalves(short[] halves, int row, float inverseScale, float[] y, int out) {
        for (int j = 0; j < features; j++) {
            int difference = (halves[j] << 8) - hintProducts[row + j];
            y[out + j] = (difference << 8 >> 8) * units[j] * inverseScale;
        }
    }

    private void ofWords(int[] words, int row, float inverseScale, float[] y, int out) {
        for (int j = 0; j < features; j++) {
            double fraction = Integer.toUnsignedLong(words[j]) * (HINT_RANGE / LatticeParameters.Q);
            double difference = fraction - hintProducts[row + j];
            double centred = difference - Math.rint(difference / HINT_RANGE) * HINT_RANGE;
            y[out + j] = (float) centred * units[j] * inverseScale;
        }
    }
}
