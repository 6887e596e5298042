package io.veilora.functions.model;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.HintCodec;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Computes {@code H = W·A mod q} of DESIGN §2 with the engine that also evaluates steps: the coefficients of {@code A}
 * take the place of tokens, {@code B[t][j] = A[j][t]} (row {@code j} of {@code A} belongs to request feature {@code j}),
 * so that {@code Y[t][i] = H[i][t]}. FORWARD gives d_out rows, BACKWARD d_in rows of {@code n = k·N} coefficients.
 *
 * <p>Works in chunks of coefficients, as many as fit the memory budget; the chunking does not change the bytes.
 */
final class HintMaker {
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows of A expanded, and rows of H written, at once. */
    private static final int ROWS = 32;

    private final ModularGemm gemm;
    private final PublicMatrix matrix;
    private final long budgetBytes;

    /** @param budgetBytes memory for one chunk's words in and out */
    HintMaker(ModularGemm gemm, PublicMatrix matrix, long budgetBytes) {
        this.gemm = gemm;
        this.matrix = matrix;
        this.budgetBytes = budgetBytes;
    }

    /** The layer's weights where this maker's engine computes, their digest checked; to be closed. */
    ResidentWeights load(RemoteLayer layer, Path folder) throws IOException {
        return WeightsFile.load(gemm, layer, folder);
    }

    /** Writes the hint file {@code folder/path}, in the place of one that was cut off. */
    HintFile write(ResidentWeights weights, Direction direction, Path folder, String path) throws IOException {
        LatticeParameters parameters = matrix.parameters();
        boolean forward = direction == Direction.FORWARD;
        int requestFeatures = forward ? weights.inputFeatures() : weights.outputFeatures();
        int rows = forward ? weights.outputFeatures() : weights.inputFeatures();
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        int n = parameters.latticeDimension();
        long perCoefficient = (long) Integer.BYTES * (requestFeatures + rows);
        int chunk = (int) Math.max(1, Math.min(n, budgetBytes / perCoefficient));
        try (FileChannel channel = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                Arena arena = Arena.ofShared()) {
            ByteBuffer header = ByteBuffer.allocate(HintCodec.HEADER_BYTES);
            HintCodec.writeHeader(MemorySegment.ofBuffer(header), parameters, rows);
            writeFully(channel, header, 0);
            MemorySegment input = arena.allocate((long) chunk * requestFeatures * Integer.BYTES);
            MemorySegment output = arena.allocate((long) chunk * rows * Integer.BYTES);
            for (int from = 0; from < n; from += chunk) {
                int count = Math.min(chunk, n - from);
                MemorySegment b = input.asSlice(0, (long) count * requestFeatures * Integer.BYTES);
                MemorySegment y = output.asSlice(0, (long) count * rows * Integer.BYTES);
                transposedRows(requestFeatures, from, count, b);
                gemm.multiply(weights, direction, List.of(new Product(b, count, y, AnswerBits.BITS_32)));
                writeRows(channel, rows, from, count, y);
            }
        }
        return HintFile.of(folder, path, new HintChunks(parameters, rows));
    }

    /** {@code b[t − from][j] = A[j][t]} for {@code from ≤ t < from + count}; b is (count, features). */
    private void transposedRows(int features, int from, int count, MemorySegment b) {
        int n = matrix.parameters().latticeDimension();
        for (int first = 0; first < features; first += ROWS) {
            int[] rows = new int[Math.min(ROWS, features - first) * n];
            matrix.expandRows(first, rows);
            for (int t = 0; t < count; t++) {
                long offset = Integer.BYTES * ((long) t * features + first);
                for (int j = 0; j < rows.length / n; j++) {
                    b.set(U32, offset + (long) Integer.BYTES * j, rows[j * n + from + t]);
                }
            }
        }
    }

    /** Rounds coefficients {@code from ..} of every row to 24 bits and puts them in their place. y is (count, rows). */
    private void writeRows(FileChannel channel, int rows, int from, int count, MemorySegment y) throws IOException {
        byte[] packed = new byte[3 * count];
        for (int row = 0; row < rows; row++) {
            for (int t = 0; t < count; t++) {
                long h = Integer.toUnsignedLong(y.get(U32, Integer.BYTES * ((long) t * rows + row)));
                HintCodec.putCoefficient(packed, 3 * t, HintCodec.round24(h));
            }
            long position = HintCodec.HEADER_BYTES + (long) row * HintCodec.rowBytes(matrix.parameters()) + 3L * from;
            writeFully(channel, ByteBuffer.wrap(packed), position);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }
}
