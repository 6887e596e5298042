package io.veilora.protocol.wire;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.Golden;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.ProblemCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HintCodecTest {
    private static final LatticeParameters SET = LatticeParameters.MLWE_256x5;
    private static final int ROWS = 3;

    private static byte[] file(LatticeParameters parameters) {
        byte[] file = new byte[(int) HintCodec.fileBytes(parameters, ROWS)];
        Arrays.fill(file, 0, HintCodec.HEADER_BYTES, (byte) -1);
        HintCodec.writeHeader(MemorySegment.ofArray(file), parameters, ROWS);
        for (int c = 0; c < ROWS * parameters.latticeDimension(); c++) {
            HintCodec.putCoefficient(file, HintCodec.HEADER_BYTES + 3 * c, HintCodec.round24(Golden.word(c)));
        }
        return file;
    }

    @Test
    void aHintFileHasTheGoldenBytes() {
        byte[] file = file(SET);
        assertThat(HexFormat.of().formatHex(Arrays.copyOf(file, 64))).isEqualTo(Golden.value("hint.header"));
        assertThat(Sha256.hex(file)).isEqualTo(Golden.value("hint.sha256"));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReadIsWhatWasWritten(LatticeParameters parameters) {
        MemorySegment file = MemorySegment.ofArray(file(parameters));
        HintCodec.requireHeader(file, parameters, ROWS);
        int n = parameters.latticeDimension();
        int[] out = new int[n + 2];
        for (int row = 0; row < ROWS; row++) {
            Arrays.fill(out, -1);
            HintCodec.readRow(file, parameters, row, out, 1);
            for (int c = 0; c < n; c++) {
                assertThat(out[1 + c]).isEqualTo(HintCodec.round24(Golden.word(row * n + c)));
            }
            assertThat(out[0]).isEqualTo(-1);
            assertThat(out[n + 1]).isEqualTo(-1);
        }
    }

    @Test
    void aRowOfTheDefaultSetTakes3840Bytes() {
        assertThat(HintCodec.rowBytes(SET)).isEqualTo(3840);
        assertThat(HintCodec.fileBytes(SET, 1_000_000)).isEqualTo(64 + 3_840_000_000L);
    }

    private static int exactRound24(long h) {
        BigInteger q = BigInteger.valueOf(LatticeParameters.Q);
        BigInteger doubled = BigInteger.valueOf(h).shiftLeft(25).add(q); // 2·(h·2^24 + q/2)
        return doubled.divide(q.shiftLeft(1)).mod(BigInteger.ONE.shiftLeft(24)).intValueExact();
    }

    @Test
    void roundingTo24BitsAgreesWithBigIntegersAtTheEdges() {
        long q = LatticeParameters.Q;
        for (long h : new long[] {0, 1, 2, 127, 128, 129, q / 2 - 1, q / 2, q / 2 + 1, q - 129, q - 128, q - 1}) {
            assertThat(HintCodec.round24(h)).as("h = %d", h).isEqualTo(exactRound24(h));
        }
        assertThat(HintCodec.round24(q - 1)).as("rounds up to 2^24, which is 0").isZero();
        for (long step = 1; step < 1 << 24; step += 99_991) { // both sides of a rounding border
            long border = BigInteger.valueOf(2 * step + 1)
                    .multiply(BigInteger.valueOf(q))
                    .shiftRight(25)
                    .longValueExact();
            assertThat(HintCodec.round24(border)).isEqualTo(exactRound24(border));
            assertThat(HintCodec.round24(border + 1)).isEqualTo(exactRound24(border + 1));
        }
    }

    @Test
    void roundingTo24BitsAgreesWithBigIntegersAnywhere() {
        Random random = new Random(24);
        for (int i = 0; i < 20_000; i++) {
            long h = random.nextLong(LatticeParameters.Q);
            assertThat(HintCodec.round24(h)).as("h = %d", h).isEqualTo(exactRound24(h));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 6, 7, 8, 12, 13})
    void aHeaderWithAnyFieldWrongIsACorruptModel(int offset) {
        MemorySegment file = MemorySegment.ofArray(file(SET));
        file.set(ValueLayout.JAVA_BYTE, offset, (byte) (file.get(ValueLayout.JAVA_BYTE, offset) + 1));
        assertProblem(ProblemCode.CORRUPT_MODEL, () -> HintCodec.requireHeader(file, SET, ROWS))
                .contains("hint header", "expected version 1, MLWE_256x5, 24 bits, 3 rows");
    }

    @Test
    void aFileOfAnotherLayerOrParameterSetIsACorruptModel() {
        MemorySegment file = MemorySegment.ofArray(file(SET));
        assertProblem(ProblemCode.CORRUPT_MODEL, () -> HintCodec.requireHeader(file, SET, ROWS + 1))
                .contains("4 rows");
        assertProblem(
                        ProblemCode.CORRUPT_MODEL,
                        () -> HintCodec.requireHeader(file, LatticeParameters.MLWE_256x6, ROWS))
                .contains("MLWE_256x6");
    }

    @Test
    void aFileCutAnywhereIsACorruptModel() {
        byte[] whole = file(SET);
        for (int length : new int[] {0, 1, 63, 64, 65, whole.length - 1}) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> HintCodec.requireHeader(cut, SET, ROWS))
                    .contains("hint header");
        }
    }
}
