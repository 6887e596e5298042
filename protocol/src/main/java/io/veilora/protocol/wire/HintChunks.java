package io.veilora.protocol.wire;

import io.veilora.protocol.lattice.LatticeParameters;
import java.lang.foreign.MemorySegment;

/**
 * How a hint file is cut into the chunks that a client may fetch one by one: {@link #ROWS} rows each, the last one shorter,
 * the header in none. Every chunk has a digest of its own, so that no row is used unchecked.
 *
 * @param rows of the whole hint
 */
public record HintChunks(LatticeParameters parameters, int rows) {
    /** Rows of a chunk: 983,040 bytes for MLWE_256x5. */
    public static final int ROWS = 256;

    public int count() {
        return (rows + ROWS - 1) / ROWS;
    }

    /** Rows of one chunk. */
    public int rowsOf(int chunk) {
        return Math.min(ROWS, rows - chunk * ROWS);
    }

    /** Where a chunk starts in the file. */
    public long offset(int chunk) {
        return HintCodec.HEADER_BYTES + (long) chunk * ROWS * HintCodec.rowBytes(parameters);
    }

    public int bytes(int chunk) {
        return rowsOf(chunk) * HintCodec.rowBytes(parameters);
    }

    /** SHA-256 of every chunk of a hint file, {@link Sha256#BYTES} each, one after another. */
    public byte[] digests(MemorySegment file) {
        byte[] digests = new byte[count() * Sha256.BYTES];
        for (int chunk = 0; chunk < count(); chunk++) {
            byte[] digest = Sha256.of(file.asSlice(offset(chunk), bytes(chunk)));
            System.arraycopy(digest, 0, digests, chunk * Sha256.BYTES, Sha256.BYTES);
        }
        return digests;
    }
}
