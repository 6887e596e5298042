package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlocksOfOneRequestTest {
    private static final int FEATURES = 24;
    private static final int BLOCKS = 4;

    private static MemorySegment encryptEqualBlocks(LatticeParameters parameters, float[] block) {
        PublicMatrix matrix = PublicMatrix.of(parameters, "ab".repeat(32), 1);
        TransformedRows rows = TransformedRows.of(matrix, FEATURES, new TransformBudget(1 << 24));
        float[] x = new float[BLOCKS * block.length];
        for (int i = 0; i < BLOCKS; i++) {
            System.arraycopy(block, 0, x, i * block.length, block.length);
        }
        var step = new TokenQuantizer.Step("test", FEATURES, 300, null);
        byte[] wire = new MlweCipher(parameters, rows, "ab".repeat(32))
                .encrypt(step, x, 0, BLOCKS * 256)
                .wire();
        return EncryptedTensor.read(MemorySegment.ofArray(wire)).payload();
    }

    private static void assertDifferencesAreUniform(MemorySegment words, int shift, int count) {
        int[] buckets = new int[16];
        for (int i = 0; i < count; i++) {
            long a = Integer.toUnsignedLong(words.get(EncryptedTensor.U32, 4L * i));
            long b = Integer.toUnsignedLong(words.get(EncryptedTensor.U32, 4L * (i + shift)));
            buckets[(int) (Math.floorMod(a - b, LatticeParameters.Q) * buckets.length / LatticeParameters.Q)]++;
        }
        double expected = count / (double) buckets.length;
        for (int bucket : buckets) {
            assertThat(Math.abs(bucket - expected)).isLessThan(6 * Math.sqrt(expected));
        }
    }

    @ParameterizedTest
    @EnumSource
    void equalBlocksOfOneRequestAreEncryptedUnderSecretsOfTheirOwn(LatticeParameters parameters) {
        float[] block = new float[256 * FEATURES];
        Random random = new Random(1);
        for (int i = 0; i < block.length; i++) {
            block[i] = (float) random.nextGaussian();
        }
        MemorySegment words = encryptEqualBlocks(parameters, block);
        for (int apart = 1; apart < BLOCKS; apart++) {
            assertDifferencesAreUniform(words, apart * block.length, (BLOCKS - apart) * block.length);
        }
    }

    @Test
    void thePaddingOfAShortBlockLooksLikeAnyOtherToken() {
        float[] block = new float[256 * FEATURES]; // zeros, as padding is
        MemorySegment words = encryptEqualBlocks(LatticeParameters.MLWE_256x5, block);
        assertDifferencesAreUniform(words, FEATURES, (BLOCKS * 256 - 1) * FEATURES);
    }
}
