package io.veilora.client;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.HintCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/** The provider's two products by the plainest loops: the truth that the client's tests decrypt. */
public final class PlainLoopProvider {
    private static final long Q = LatticeParameters.Q;

    private PlainLoopProvider() {}

    private static int weight(QuantizedWeights w, Direction direction, int output, int input) {
        return direction == Direction.FORWARD
                ? w.values()[output * w.inputFeatures() + input]
                : w.values()[input * w.inputFeatures() + output];
    }

    private static int outputs(QuantizedWeights w, Direction direction) {
        return direction == Direction.FORWARD ? w.outputFeatures() : w.inputFeatures();
    }

    private static int inputs(QuantizedWeights w, Direction direction) {
        return direction == Direction.FORWARD ? w.inputFeatures() : w.outputFeatures();
    }

    /** The hint file {@code round((W·A mod q)·2^24/q)}. */
    public static MemorySegment hint(QuantizedWeights w, Direction direction, PublicMatrix matrix) {
        LatticeParameters parameters = matrix.parameters();
        int n = parameters.latticeDimension();
        int rows = outputs(w, direction);
        int[] a = new int[inputs(w, direction) * n];
        matrix.expandRows(0, a);
        byte[] file = new byte[(int) HintCodec.fileBytes(parameters, rows)];
        HintCodec.writeHeader(MemorySegment.ofArray(file), parameters, rows);
        IntStream.range(0, rows).parallel().forEach(row -> {
            long[] sums = new long[n];
            for (int j = 0; j < inputs(w, direction); j++) {
                long factor = weight(w, direction, row, j);
                for (int c = 0; c < n; c++) {
                    sums[c] += factor * Integer.toUnsignedLong(a[j * n + c]);
                }
            }
            for (int c = 0; c < n; c++) {
                HintCodec.putCoefficient(
                        file,
                        HintCodec.HEADER_BYTES + row * HintCodec.rowBytes(parameters) + 3 * c,
                        HintCodec.round24(Math.floorMod(sums[c], Q)));
            }
        });
        return MemorySegment.ofArray(file);
    }

    /** The answer to a request. */
    public static EncryptedTensor multiply(
            QuantizedWeights w, Direction direction, EncryptedTensor request, AnswerBits bits) {
        int d = inputs(w, direction);
        int outputs = outputs(w, direction);
        byte[] payload = new byte[request.tokens() * outputs * bits.bytes()];
        MemorySegment words = MemorySegment.ofArray(payload);
        IntStream.range(0, request.tokens()).parallel().forEach(t -> {
            int[] b = request.payload().asSlice(4L * t * d, 4L * d).toArray(ValueLayout.JAVA_INT_UNALIGNED);
            for (int i = 0; i < outputs; i++) {
                long sum = 0;
                for (int j = 0; j < d; j++) {
                    sum += weight(w, direction, i, j) * Integer.toUnsignedLong(b[j]);
                }
                long y = Math.floorMod(sum, Q);
                long at = (long) t * outputs + i;
                if (bits == AnswerBits.BITS_16) {
                    words.set(EncryptedTensor.U16, 2 * at, (short) (((y << 16) + Q / 2) / Q));
                } else {
                    words.set(EncryptedTensor.U32, 4 * at, (int) y);
                }
            }
        });
        return new EncryptedTensor(request.parameters(), bits, request.tokens(), outputs, words);
    }
}
