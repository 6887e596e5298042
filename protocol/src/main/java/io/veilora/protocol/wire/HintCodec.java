package io.veilora.protocol.wire;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A hint file: {@code H = W·A mod q} of one layer and direction, one row an output feature, each coefficient kept as
 * {@code round(H·2^24/q) mod 2^24}.
 *
 * <pre>
 * offset size
 *      0    4  magic "VLRH"
 *      4    2  version, 1
 *      6    1  parameter set
 *      7    1  bits per coefficient, 24
 *      8    4  rows
 *     12    4  coefficients a row, n = k·N; the coefficient of X^t in ring element i stands at i·N + t
 *     16   48  zero
 *     64       rows of 3·n bytes, little-endian (3840 bytes for MLWE_256x5)
 * </pre>
 *
 * The file's digest stands in the model's manifest, not in the file: rows are fetched by ranges.
 */
public final class HintCodec {
    public static final int HEADER_BYTES = 64;
    public static final int BITS = 24;

    private static final int MAGIC = 0x48524C56; // "VLRH"
    private static final int VERSION = 1;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private HintCodec() {}

    /** Bytes of one row: 3 a coefficient. */
    public static int rowBytes(LatticeParameters parameters) {
        return 3 * parameters.latticeDimension();
    }

    /** Where a row begins in a hint file. */
    public static long rowOffset(LatticeParameters parameters, int row) {
        return HEADER_BYTES + (long) row * rowBytes(parameters);
    }

    /** Bytes of a hint file. */
    public static long fileBytes(LatticeParameters parameters, int rows) {
        return rowOffset(parameters, rows);
    }

    public static void writeHeader(MemorySegment file, LatticeParameters parameters, int rows) {
        file.asSlice(0, HEADER_BYTES).fill((byte) 0);
        file.set(U32, 0, MAGIC);
        file.set(U16, 4, (short) VERSION);
        file.set(ValueLayout.JAVA_BYTE, 6, (byte) parameters.wireId());
        file.set(ValueLayout.JAVA_BYTE, 7, (byte) BITS);
        file.set(U32, 8, rows);
        file.set(U32, 12, parameters.latticeDimension());
    }

    /**
     * Checks header and length against what the manifest promises.
     *
     * @throws PermanentException {@link ProblemCode#CORRUPT_MODEL}
     */
    public static void requireHeader(MemorySegment file, LatticeParameters parameters, int rows) {
        boolean valid = file.byteSize() == fileBytes(parameters, rows)
                && file.get(U32, 0) == MAGIC
                && file.get(U16, 4) == VERSION
                && file.get(ValueLayout.JAVA_BYTE, 6) == parameters.wireId()
                && file.get(ValueLayout.JAVA_BYTE, 7) == BITS
                && file.get(U32, 8) == rows
                && file.get(U32, 12) == parameters.latticeDimension();
        if (!valid) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail(
                            "hint header: expected version %d, %s, %d bits, %d rows in %d bytes (got %d bytes)",
                            VERSION, parameters, BITS, rows, fileBytes(parameters, rows), file.byteSize())
                    .remedy("download the hints again, or import the model again"));
        }
    }

    /** {@code round(h·2^24/q) mod 2^24} for {@code 0 ≤ h < q}. */
    public static int round24(long h) {
        return (int) (((h << BITS) + LatticeParameters.Q / 2) / LatticeParameters.Q) & 0xFFFFFF;
    }

    /** Writes a 24-bit coefficient at byte {@code offset}. */
    public static void putCoefficient(byte[] row, int offset, int value) {
        row[offset] = (byte) value;
        row[offset + 1] = (byte) (value >>> 8);
        row[offset + 2] = (byte) (value >>> 16);
    }

    /** Reads one row as 24-bit numbers into {@code out}, {@code n} of them. */
    public static void readRow(MemorySegment file, LatticeParameters parameters, int row, int[] out, int outOffset) {
        byte[] bytes = new byte[rowBytes(parameters)];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, rowOffset(parameters, row), bytes, 0, bytes.length);
        for (int c = 0; c < parameters.latticeDimension(); c++) {
            out[outOffset + c] = Byte.toUnsignedInt(bytes[3 * c])
                    | Byte.toUnsignedInt(bytes[3 * c + 1]) << 8
                    | Byte.toUnsignedInt(bytes[3 * c + 2]) << 16;
        }
    }
}
