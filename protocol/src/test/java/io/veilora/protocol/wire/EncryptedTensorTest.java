package io.veilora.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.Golden;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EncryptedTensorTest {
    static EncryptedTensor request() {
        MemorySegment payload = MemorySegment.ofArray(new byte[256 * 3 * 4]);
        for (int i = 0; i < 256 * 3; i++) {
            payload.set(EncryptedTensor.U32, 4L * i, (int) Golden.word(i));
        }
        return new EncryptedTensor(LatticeParameters.MLWE_256x5, AnswerBits.BITS_32, 256, 3, payload);
    }

    private static EncryptedTensor answer() {
        MemorySegment payload = MemorySegment.ofArray(new byte[512 * 5 * 2]);
        for (int i = 0; i < 512 * 5; i++) {
            payload.set(EncryptedTensor.U16, 2L * i, (short) Golden.word(i));
        }
        return new EncryptedTensor(LatticeParameters.MLWE_256x6, AnswerBits.BITS_16, 512, 5, payload);
    }

    private static String header(byte[] wire) {
        return HexFormat.of().formatHex(Arrays.copyOf(wire, EncryptedTensor.HEADER_BYTES));
    }

    @Test
    void aRequestHasTheGoldenBytes() {
        byte[] wire = request().toBytes();
        assertThat(header(wire)).isEqualTo(Golden.value("tensor.request.header"));
        assertThat(Sha256.hex(wire)).isEqualTo(Golden.value("tensor.request.sha256"));
    }

    @Test
    void anAnswerHasTheGoldenBytes() {
        byte[] wire = answer().toBytes();
        assertThat(header(wire)).isEqualTo(Golden.value("tensor.answer.header"));
        assertThat(Sha256.hex(wire)).isEqualTo(Golden.value("tensor.answer.sha256"));
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        for (EncryptedTensor tensor : new EncryptedTensor[] {request(), answer()}) {
            EncryptedTensor read = EncryptedTensor.read(MemorySegment.ofArray(tensor.toBytes()));
            assertThat(read.parameters()).isEqualTo(tensor.parameters());
            assertThat(read.bits()).isEqualTo(tensor.bits());
            assertThat(read.tokens()).isEqualTo(tensor.tokens());
            assertThat(read.features()).isEqualTo(tensor.features());
            assertThat(read.payload().mismatch(tensor.payload())).isEqualTo(-1);
        }
    }

    @Test
    void sealingInPlaceGivesTheSameBytesAsCopying() {
        EncryptedTensor request = request();
        byte[] wire = new byte[(int) EncryptedTensor.wireBytes(AnswerBits.BITS_32, 256, 3)];
        Arrays.fill(wire, 0, EncryptedTensor.HEADER_BYTES, (byte) -1);
        MemorySegment message = MemorySegment.ofArray(wire);
        EncryptedTensor inPlace =
                EncryptedTensor.over(message, LatticeParameters.MLWE_256x5, AnswerBits.BITS_32, 256, 3);
        inPlace.payload().copyFrom(request.payload());
        inPlace.seal(message);
        assertThat(wire).isEqualTo(request.toBytes());
    }

    @Test
    void nativeMemoryIsReadLikeAnArray() {
        byte[] wire = request().toBytes();
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            MemorySegment outside = arena.allocateFrom(ValueLayout.JAVA_BYTE, wire);
            assertThat(EncryptedTensor.read(outside).toBytes()).isEqualTo(wire);
        }
    }

    @Test
    void aTensorWhosePayloadDoesNotFitItsShapeCannotBeMade() {
        MemorySegment payload = MemorySegment.ofArray(new byte[256 * 3 * 4 - 1]);
        assertThatThrownBy(() -> new EncryptedTensor(LatticeParameters.MLWE_256x5, AnswerBits.BITS_32, 256, 3, payload))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("got 3071 bytes, expected 3072");
    }
}
