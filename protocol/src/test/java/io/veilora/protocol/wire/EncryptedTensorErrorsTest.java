package io.veilora.protocol.wire;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every field of the header, wrong: the first check that fails names it, with what it got and what it expected. */
class EncryptedTensorErrorsTest {
    private final byte[] good = EncryptedTensorTest.request().toBytes();
    private final MemorySegment wire = MemorySegment.ofArray(good);

    private void assertRefused(ProblemCode code, String... words) {
        assertProblem(code, () -> EncryptedTensor.read(wire)).contains(words);
        assertProblem(code, () -> EncryptedTensor.readHeader(wire)).contains(words);
    }

    @Test
    void aBodyCutAnywhereIsTruncatedAndWorthSendingAgain() {
        for (int length = 0; length < good.length; length += length < 80 ? 1 : 97) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(good, length));
            String[] words = {
                "got " + length + " bytes", "expected " + (length < 64 ? 64 : good.length), "send the same"
            };
            assertProblem(ProblemCode.TRUNCATED_BODY, () -> EncryptedTensor.read(cut))
                    .contains(words);
            assertProblem(ProblemCode.TRUNCATED_BODY, () -> EncryptedTensor.readHeader(cut))
                    .contains(words);
        }
    }

    @Test
    void aWrongMagicIsMalformed() {
        for (int at = 0; at < 4; at++) {
            wire.set(ValueLayout.JAVA_BYTE, at, (byte) (good[at] ^ 1));
            assertRefused(ProblemCode.MALFORMED_TENSOR, "magic: got ", "expected 54524c56");
            wire.set(ValueLayout.JAVA_BYTE, at, (byte) (good[at] ^ 1));
        }
        assertThat(EncryptedTensor.read(wire).tokens()).isEqualTo(256);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 256, 65535})
    void anotherVersionIsUnsupported(int version) {
        wire.set(EncryptedTensor.U16, 4, (short) version);
        assertRefused(ProblemCode.UNSUPPORTED_VERSION, "got " + version, "expected 2", "same release");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 255})
    void anotherParameterSetIsUnknown(int id) {
        wire.set(ValueLayout.JAVA_BYTE, 6, (byte) id);
        assertRefused(ProblemCode.UNKNOWN_PARAMETERS, "got " + id, "MLWE_256x5");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 24, 31, 255})
    void otherBitsAreMalformed(int bits) {
        wire.set(ValueLayout.JAVA_BYTE, 7, (byte) bits);
        assertRefused(ProblemCode.MALFORMED_TENSOR, "bits per coefficient: got " + bits, "expected 16 or 32");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 257, -256, Integer.MIN_VALUE, (1 << 20) + 256, Integer.MAX_VALUE})
    void tokensMustBeWholeBlocksAndNotTooMany(int tokens) {
        wire.set(EncryptedTensor.U32, 8, tokens);
        assertRefused(ProblemCode.WRONG_SHAPE, "tokens: got " + tokens, "expected a positive multiple of 256");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, (1 << 20) + 1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void featuresMustBePositiveAndNotTooMany(int features) {
        wire.set(EncryptedTensor.U32, 12, features);
        assertRefused(ProblemCode.WRONG_SHAPE, "features: got " + features, "expected 1 to 1048576");
    }

    @ParameterizedTest
    @CsvSource({"8, 512, 6144", "12, 4, 4096", "12, 2, 2048"})
    void aShapeThatTheLengthContradictsIsMalformed(int offset, int value, long expected) {
        wire.set(EncryptedTensor.U32, offset, value);
        assertRefused(ProblemCode.MALFORMED_TENSOR, "payload length: got 3072, expected " + expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3071, 3073, -1, Long.MAX_VALUE, Long.MIN_VALUE})
    void aWrongPayloadLengthIsMalformed(long length) {
        wire.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, length);
        assertRefused(ProblemCode.MALFORMED_TENSOR, "payload length: got " + length, "expected 3072");
    }

    @Test
    void reservedBytesMustBeZero() {
        for (int at = 24; at < 32; at++) {
            wire.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
            assertRefused(
                    ProblemCode.MALFORMED_TENSOR,
                    "reserved: got " + Long.toUnsignedString(1L << 8 * (at - 24), 16),
                    "expected 0");
            wire.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
    }

    @Test
    void trailingBytesAreMalformed() {
        MemorySegment longer = MemorySegment.ofArray(Arrays.copyOf(good, good.length + 1));
        assertProblem(ProblemCode.MALFORMED_TENSOR, () -> EncryptedTensor.read(longer))
                .contains("got " + (good.length + 1) + " bytes", "expected " + good.length);
    }

    @Test
    void anyChangedBitOfDigestOrPayloadIsNoticedAndWorthSendingAgain() {
        for (int at = 32; at < good.length; at += at < 64 ? 1 : 61) {
            good[at] ^= (byte) (1 << at % 8);
            assertProblem(ProblemCode.DIGEST_MISMATCH, () -> EncryptedTensor.read(wire))
                    .contains("3136 bytes", "send the same bytes again");
            assertThat(EncryptedTensor.readHeader(wire).features()).isEqualTo(3);
            good[at] ^= (byte) (1 << at % 8);
        }
    }

    @Test
    void theDigestCoversTheHeaderToo() {
        wire.set(ValueLayout.JAVA_BYTE, 6, (byte) 2); // the other parameter set has the same N
        assertProblem(ProblemCode.DIGEST_MISMATCH, () -> EncryptedTensor.read(wire))
                .contains("3136 bytes");
    }
}
