package io.veilora.runtime;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A block of weights as int8, and from it the kernel's right operand: panels of doubles, (depth,
 * {@link TileProduct#COLUMNS}), with answer features side by side. In the one row-major int8 matrix BACKWARD finds them
 * side by side already; FORWARD transposes.
 *
 * <p>Columns beyond the tile's last feature hold whatever int8 was there: their sums are never written.
 */
final class WeightBlock {
    /** Answer features side by side in the int8 block, which is (features / 8, depth, 8). */
    private static final int STRIP = ByteTranspose.SIZE;

    /** Bytes from a strip to the next; a power of two would make strips fight for the same cache lines. */
    private static final int PITCH = TileProduct.DEPTH * STRIP + 64;

    private static final int COLUMNS = TileProduct.COLUMNS;
    private static final int LANES = TileProduct.LANES;

    final double[] panel = new double[TileProduct.DEPTH * COLUMNS];
    private final byte[] int8 = new byte[Tile.MAX_FEATURES / STRIP * PITCH];
    private final byte[] line = new byte[Tile.MAX_FEATURES];
    private final ByteTranspose transpose = new ByteTranspose(TileProduct.DEPTH);

    /** Copies what the tile needs of terms {@code first .. first + depth}. */
    void read(MemorySegment weights, StackedProducts stack, Tile tile, int first, int depth) {
        if (stack.direction() == Direction.FORWARD) {
            for (int feature = 0; feature < tile.features(); feature += STRIP) {
                int rows = Math.min(STRIP, tile.features() - feature);
                for (int row = 0; row < rows; row++) {
                    long from = (long) (tile.firstFeature() + feature + row) * stack.depth() + first;
                    MemorySegment.copy(weights, JAVA_BYTE, from, transpose.rows, transpose.offset(row), depth);
                }
                transpose.write(depth, int8, feature / STRIP * PITCH);
            }
        } else {
            for (int k = 0; k < depth; k++) {
                long from = (long) (first + k) * stack.width() + tile.firstFeature();
                MemorySegment.copy(weights, JAVA_BYTE, from, line, 0, tile.features());
                for (int feature = 0; feature < tile.features(); feature += STRIP) {
                    long eight = (long) ByteTranspose.LONG.get(line, feature);
                    ByteTranspose.LONG.set(int8, feature / STRIP * PITCH + k * STRIP, eight);
                }
            }
        }
    }

    /** Widens the panel of the tile's features {@code first .. first + COLUMNS}. */
    void unpackPanel(int first, int depth) {
        widen(first, 0, depth);
        widen(first + LANES, LANES, depth);
    }

    private void widen(int feature, int column, int depth) {
        int from = feature / STRIP * PITCH + feature % STRIP;
        for (int k = 0; k < depth; k++) {
            // Eight bytes are read, of which the first LANES count.
            ByteVector.fromArray(ByteVector.SPECIES_64, int8, from + k * STRIP)
                    .convertShape(VectorOperators.B2D, TileProduct.SPECIES, 0)
                    .reinterpretAsDoubles()
                    .intoArray(panel, k * COLUMNS + column);
        }
    }
}
