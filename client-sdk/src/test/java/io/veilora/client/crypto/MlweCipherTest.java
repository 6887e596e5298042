package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.PlainLoopProvider;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MlweCipherTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final TransformBudget BUDGET = new TransformBudget(256L << 20);

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private record Fixture(LatticeParameters parameters, PublicMatrix matrix, MlweCipher cipher) {
        static Fixture of(LatticeParameters parameters, int features) {
            PublicMatrix matrix = PublicMatrix.of(parameters, DIGEST, 1);
            return new Fixture(
                    parameters,
                    matrix,
                    new MlweCipher(parameters, TransformedRows.of(matrix, features, BUDGET), DIGEST));
        }

        TransformedRows hint(QuantizedWeights w, Direction direction) {
            int rows = direction == Direction.FORWARD ? w.outputFeatures() : w.inputFeatures();
            return TransformedRows.ofHint(
                    PlainLoopProvider.hint(w, direction, matrix), parameters, rows, new TransformBudget(0));
        }
    }

    /** Root-mean-square error of the decrypted product over that of the exact one, as log2. */
    private static double log2Error(
            Fixture fixture, QuantizedWeights w, Direction direction, float[] x, int tokens, AnswerBits bits) {
        int d = direction == Direction.FORWARD ? w.inputFeatures() : w.outputFeatures();
        int outputs = direction == Direction.FORWARD ? w.outputFeatures() : w.inputFeatures();
        var step = new TokenQuantizer.Step("test", d, w.maxNorm(direction), null);
        var encryption = fixture.cipher().encrypt(step, x, 0, tokens);
        EncryptedTensor request = EncryptedTensor.read(MemorySegment.ofArray(encryption.wire()));
        EncryptedTensor answer = PlainLoopProvider.multiply(w, direction, request, bits);
        float[] y = new float[tokens * outputs];
        PendingProduct.prepare(List.of(encryption.pending()), fixture.hint(w, direction));
        encryption.pending().decrypt(answer, null, y, 0);
        double error = 0;
        double power = 0;
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < outputs; i++) {
                double exact = 0;
                for (int j = 0; j < d; j++) {
                    int weight = direction == Direction.FORWARD ? w.values()[i * d + j] : w.values()[j * outputs + i];
                    exact += (double) weight * x[t * d + j];
                }
                error += Math.pow(y[t * outputs + i] - exact, 2);
                power += exact * exact;
            }
        }
        return Math.log(error / power) / Math.log(4);
    }

    @ParameterizedTest
    @CsvSource({"2048, -10.8, -12.9", "4096, -10.4, -12.0", "8192, -9.7, -11.1", "28672, -8.7, -9.4"})
    void theErrorStaysWithinTheTableOfTheDesign(int d, double rounded, double full) {
        Random random = new Random(d);
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, d);
        QuantizedWeights w = QuantizedWeights.quantize(gaussian(random, 48 * d), 48, d);
        float[] x = gaussian(random, 256 * d);
        for (int j = 0; j < d; j++) { // features of very different size, as in reference/scheme.py
            float size = (float) Math.exp(random.nextGaussian());
            for (int t = 0; t < 256; t++) {
                x[t * d + j] *= size;
            }
        }
        double rounded16 = log2Error(fixture, w, Direction.FORWARD, x, 256, AnswerBits.BITS_16);
        double full32 = log2Error(fixture, w, Direction.FORWARD, x, 256, AnswerBits.BITS_32);
        System.out.printf(
                "d_in %6d: 16-bit answer 2^%.2f (design %.1f), 32-bit answer 2^%.2f%n", d, rounded16, rounded, full32);
        assertThat(rounded16).isLessThanOrEqualTo(rounded + 0.1);
        // The table's full-precision column has an unrounded hint; ours has 24 bits, which costs at small widths.
        assertThat(full32).isLessThanOrEqualTo(Math.max(full, rounded - 0.1) + 0.1);
    }

    @ParameterizedTest
    @EnumSource(LatticeParameters.class)
    void oddShapesDecryptInBothDirections(LatticeParameters parameters) {
        Random random = new Random(5);
        for (int[] shape : new int[][] {{1, 1, 1}, {7, 3, 5}, {207, 13, 257}, {33, 130, 512}}) {
            QuantizedWeights w = QuantizedWeights.quantize(gaussian(random, shape[0] * shape[1]), shape[1], shape[0]);
            Fixture fixture = Fixture.of(parameters, Math.max(shape[0], shape[1]));
            for (Direction direction : Direction.values()) {
                int d = direction == Direction.FORWARD ? shape[0] : shape[1];
                float[] x = gaussian(random, shape[2] * d);
                assertThat(log2Error(fixture, w, direction, x, shape[2], AnswerBits.BITS_16))
                        .as("shape %s %s", Arrays.toString(shape), direction)
                        .isLessThan(-10.5);
            }
        }
    }

    @Test
    void ciphertextWordsAreBelowTheModulusAndLookUniformEvenForZeros() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 67);
        var step = new TokenQuantizer.Step("test", 67, 1000, null);
        int[] buckets = new int[256];
        byte[] wire =
                fixture.cipher().encrypt(step, new float[600 * 67], 0, 600).wire();
        EncryptedTensor tensor = EncryptedTensor.read(MemorySegment.ofArray(wire));
        assertThat(tensor.tokens()).isEqualTo(768);
        int words = tensor.tokens() * tensor.features();
        for (int i = 0; i < words; i++) {
            long word = Integer.toUnsignedLong(tensor.payload().get(EncryptedTensor.U32, 4L * i));
            assertThat(word).isLessThan(LatticeParameters.Q);
            buckets[(int) (word * 256 / LatticeParameters.Q)]++;
        }
        double chiSquare = 0;
        for (int count : buckets) {
            chiSquare += Math.pow(count - words / 256.0, 2) / (words / 256.0);
        }
        assertThat(chiSquare).isLessThan(255 + 6 * Math.sqrt(2 * 255)); // six sigma
    }

    @Test
    void equalPlaintextsNeverGiveEqualBytes() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        var step = new TokenQuantizer.Step("test", 8, 100, null);
        float[] x = gaussian(new Random(1), 256 * 8);
        byte[] first = fixture.cipher().encrypt(step, x, 0, 256).wire();
        byte[] second = fixture.cipher().encrypt(step, x, 0, 256).wire();
        int same = 0;
        for (int i = EncryptedTensor.HEADER_BYTES; i < first.length; i++) {
            same += first[i] == second[i] ? 1 : 0;
        }
        assertThat(same).isLessThan((first.length >> 8) * 3 / 2 + 60); // one byte in 256 agrees by chance
    }

    /** A generator that repeats itself, as a forked or rolled-back machine may. */
    private static final class InsecureRepeatingRandom extends SecureRandom {
        @Override
        public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, (byte) 42);
        }
    }

    @Test
    void evenARepeatingGeneratorGivesDifferentPlaintextsDifferentSecrets() {
        PublicMatrix matrix = PublicMatrix.of(LatticeParameters.MLWE_256x5, DIGEST, 1);
        TransformedRows rows = TransformedRows.of(matrix, 4, BUDGET);
        var step = new TokenQuantizer.Step("test", 4, 100, null);
        float[] x = gaussian(new Random(2), 256 * 4);
        float[] other = x.clone();
        other[0] += 1;
        byte[][] wires = new byte[2][];
        for (int i = 0; i < 2; i++) {
            MlweCipher insecure = new MlweCipher(
                    LatticeParameters.MLWE_256x5, rows, DIGEST, new BlockSeeds(new InsecureRepeatingRandom()));
            wires[i] = insecure.encrypt(step, i == 0 ? x : other, 0, 256).wire();
        }
        // Under one secret the difference of two ciphertexts is that of their plaintexts: small almost everywhere.
        EncryptedTensor a = EncryptedTensor.read(MemorySegment.ofArray(wires[0]));
        EncryptedTensor b = EncryptedTensor.read(MemorySegment.ofArray(wires[1]));
        int small = 0;
        for (int i = 0; i < 1024; i++) {
            long difference = Math.floorMod(
                    (a.payload().get(EncryptedTensor.U32, 4L * i) & 0xFFFFFFFFL)
                            - (b.payload().get(EncryptedTensor.U32, 4L * i) & 0xFFFFFFFFL),
                    LatticeParameters.Q);
            if (Math.min(difference, LatticeParameters.Q - difference) < LatticeParameters.Q / 100) {
                small++;
            }
        }
        assertThat(small).isLessThan(80); // 2 % by chance
    }

    @Test
    void aSecretDecryptsOneAnswerAndIsWiped() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        QuantizedWeights w = QuantizedWeights.quantize(gaussian(new Random(3), 64), 8, 8);
        var step = new TokenQuantizer.Step("test", 8, w.maxNorm(Direction.FORWARD), null);
        var encryption = fixture.cipher().encrypt(step, gaussian(new Random(4), 8 * 8), 0, 8);
        EncryptedTensor answer = PlainLoopProvider.multiply(
                w,
                Direction.FORWARD,
                EncryptedTensor.read(MemorySegment.ofArray(encryption.wire())),
                AnswerBits.BITS_16);
        TransformedRows hint = fixture.hint(w, Direction.FORWARD);
        float[] y = new float[8 * 8];
        PendingProduct.prepare(List.of(encryption.pending()), hint);
        encryption.pending().decrypt(answer, null, y, 0);
        assertThat(encryption.pending().wiped()).isTrue();
        assertThatThrownBy(() -> encryption.pending().decrypt(answer, null, y, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("decrypted before");
        assertThat(encryption.pending()).hasToString("PendingProduct[redacted]");
    }

    @Test
    void hintProductsAreWipedBeforeTheirArrayServesAgain() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        QuantizedWeights w = QuantizedWeights.quantize(gaussian(new Random(3), 64), 8, 8);
        var step = new TokenQuantizer.Step("test", 8, w.maxNorm(Direction.FORWARD), null);
        int[] array = new int[301 * 8];
        WipedArrays.shared().giveBack(array);
        for (AnswerBits bits : AnswerBits.values()) {
            var encryption = fixture.cipher().encrypt(step, gaussian(new Random(4), array.length), 0, 301);
            EncryptedTensor request = EncryptedTensor.read(MemorySegment.ofArray(encryption.wire()));
            EncryptedTensor answer = PlainLoopProvider.multiply(w, Direction.FORWARD, request, bits);
            PendingProduct.prepare(List.of(encryption.pending()), fixture.hint(w, Direction.FORWARD));
            assertThat(array)
                    .as("in use")
                    .matches(a -> Arrays.stream(a).filter(word -> word != 0).count() > a.length / 2);
            encryption.pending().decrypt(answer, null, new float[array.length], 0);
            assertThat(array).containsOnly(0);
        }
        assertThat(WipedArrays.shared().take(array.length)).isSameAs(array);
        assertThat(WipedArrays.shared().take(array.length)).isNotSameAs(array);
    }

    @Test
    void anAnswerOfAnotherShapeIsRefusedBeforeDecryption() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        QuantizedWeights w = QuantizedWeights.quantize(gaussian(new Random(3), 64), 8, 8);
        var step = new TokenQuantizer.Step("test", 8, w.maxNorm(Direction.FORWARD), null);
        var encryption = fixture.cipher().encrypt(step, new float[64], 0, 8);
        EncryptedTensor wrong = new EncryptedTensor(
                LatticeParameters.MLWE_256x5, AnswerBits.BITS_16, 256, 9, MemorySegment.ofArray(new byte[256 * 9 * 2]));
        float[] y = new float[64];
        PendingProduct.prepare(List.of(encryption.pending()), fixture.hint(w, Direction.FORWARD));
        assertThatThrownBy(() -> encryption.pending().decrypt(wrong, null, y, 0))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("256 tokens × 9 features")
                .hasMessageContaining("256 × 8");
        assertThat(encryption.pending().wiped()).isFalse();
        encryption.pending().close();
        assertThat(encryption.pending().wiped()).isTrue();
    }

    @Test
    void theProductOfAZeroVectorIsExactlyZeroAmongOthers() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        QuantizedWeights w = QuantizedWeights.quantize(gaussian(new Random(3), 64), 8, 8);
        var step = new TokenQuantizer.Step("test", 8, w.maxNorm(Direction.FORWARD), null);
        float[] x = gaussian(new Random(4), 3 * 8);
        Arrays.fill(x, 8, 16, 0f);
        var encryption = fixture.cipher().encrypt(step, x, 0, 3);
        EncryptedTensor answer = PlainLoopProvider.multiply(
                w,
                Direction.FORWARD,
                EncryptedTensor.read(MemorySegment.ofArray(encryption.wire())),
                AnswerBits.BITS_16);
        float[] y = new float[3 * 8];
        PendingProduct.prepare(List.of(encryption.pending()), fixture.hint(w, Direction.FORWARD));
        encryption.pending().decrypt(answer, null, y, 0);
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i] == 0).as("value %d", i).isEqualTo(i >= 8 && i < 16);
        }
    }

    @Test
    void aNanIsAnErrorThatNamesTheLayerAndNeverACiphertext() {
        Fixture fixture = Fixture.of(LatticeParameters.MLWE_256x5, 8);
        var step = new TokenQuantizer.Step("blocks.1.qkv forward", 8, 100, null);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] x = new float[64];
            x[13] = bad;
            assertThatThrownBy(() -> fixture.cipher().encrypt(step, x, 0, 8))
                    .isInstanceOf(PermanentException.class)
                    .hasMessageContaining("blocks.1.qkv forward")
                    .hasMessageContaining("NaN");
        }
    }
}
