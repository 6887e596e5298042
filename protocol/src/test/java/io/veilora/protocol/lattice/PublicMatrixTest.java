package io.veilora.protocol.lattice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.Golden;
import io.veilora.protocol.wire.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PublicMatrixTest {
    private static final String DIGEST = "ab".repeat(32);

    private static int[] rows(LatticeParameters parameters, int epoch, int firstRow, int count) {
        int[] words = new int[count * parameters.latticeDimension()];
        PublicMatrix.of(parameters, DIGEST, epoch).expandRows(firstRow, words);
        return words;
    }

    private static byte[] bytes(int[] words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return bytes.array();
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreTheGoldenOnes(LatticeParameters parameters) {
        String set = "matrix." + parameters.name().substring("MLWE_".length());
        byte[] first = bytes(rows(parameters, 1, 0, 4));
        assertThat(HexFormat.of().formatHex(Arrays.copyOf(first, 16))).isEqualTo(Golden.value(set + ".row0.start"));
        assertThat(Sha256.hex(first)).isEqualTo(Golden.value(set + ".rows0to3.sha256"));
        assertThat(Sha256.hex(bytes(rows(parameters, 1, 70_000, 1)))).isEqualTo(Golden.value(set + ".row70000.sha256"));
    }

    @Test
    void anotherEpochIsAnotherMatrix() {
        assertThat(Sha256.hex(bytes(rows(LatticeParameters.MLWE_256x5, 2, 0, 1))))
                .isEqualTo(Golden.value("matrix.256x5.epoch2.row0.sha256"));
    }

    @Test
    void everyWordIsBelowTheModulusAndAllRangesOccur() {
        int[] words = rows(LatticeParameters.MLWE_256x5, 1, 0, 400);
        int[] buckets = new int[64];
        for (int word : words) {
            long value = Integer.toUnsignedLong(word);
            assertThat(value).isLessThan(LatticeParameters.Q);
            buckets[(int) (value * buckets.length / LatticeParameters.Q)]++;
        }
        double expected = words.length / (double) buckets.length;
        for (int count : buckets) {
            assertThat(Math.abs(count - expected)).isLessThan(6 * Math.sqrt(expected));
        }
    }

    @Test
    void aRowDoesNotDependOnHowItIsRequested() {
        LatticeParameters parameters = LatticeParameters.MLWE_256x5;
        int n = parameters.latticeDimension();
        PublicMatrix matrix = PublicMatrix.of(parameters, DIGEST, 1);
        int[] together = new int[40 * n];
        matrix.expandRows(100, together);
        int[] alone = new int[n];
        for (int row = 39; row >= 0; row--) {
            matrix.expandRows(100 + row, alone);
            assertThat(alone).isEqualTo(Arrays.copyOfRange(together, row * n, (row + 1) * n));
        }
    }

    @Test
    void noTwoRowsAreEqual() {
        int n = LatticeParameters.MLWE_256x5.latticeDimension();
        int[] words = rows(LatticeParameters.MLWE_256x5, 1, 0, 200);
        assertThat(Arrays.stream(words).distinct().count()).isGreaterThan(words.length - 100); // birthdays: about 8
        assertThat(Arrays.copyOfRange(words, 0, n)).isNotEqualTo(Arrays.copyOfRange(words, n, 2 * n));
    }

    @Test
    void anArrayThatHoldsNoWholeRowsIsRefused() {
        PublicMatrix matrix = PublicMatrix.of(LatticeParameters.MLWE_256x5, DIGEST, 1);
        assertThatThrownBy(() -> matrix.expandRows(0, new int[1281]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 1281 words, expected a multiple of 1280");
    }
}
