package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A block of weights, and from it the kernel's right operand: panels of doubles, (depth, {@link TileProduct#COLUMNS}),
 * with answer features side by side. The one row-major int8 matrix serves both directions: FORWARD transposes while it
 * unpacks, BACKWARD finds answer features already side by side.
 */
final class WeightBlock {
    private static final int COLUMNS = TileProduct.COLUMNS;

    final double[] panel = new double[TileProduct.DEPTH * COLUMNS];
    private final byte[] int8 = new byte[TileProduct.DEPTH * Tile.MAX_FEATURES];
    private Direction direction;
    private int features;
    private int depth;

    /** Copies what the tile needs of terms {@code first .. first + depth}. */
    void read(MemorySegment weights, StackedProducts stack, Tile tile, int first, int depth) {
        direction = stack.direction();
        features = tile.features();
        this.depth = depth;
        switch (direction) {
            case FORWARD -> copyRows(weights, stack.depth(), tile.firstFeature(), features, first, depth);
            case BACKWARD -> copyRows(weights, stack.width(), first, depth, tile.firstFeature(), features);
        }
    }

    private void copyRows(MemorySegment weights, long rowLength, int firstRow, int rows, int firstColumn, int columns) {
        for (int row = 0; row < rows; row++) {
            long from = (firstRow + row) * rowLength + firstColumn;
            MemorySegment.copy(weights, ValueLayout.JAVA_BYTE, from, int8, row * columns, columns);
        }
    }

    /** Unpacks the panel of answer features {@code first ..} of the tile; features beyond the tile's last are zero. */
    void unpackPanel(int first) {
        int columns = Math.min(COLUMNS, features - first);
        if (columns < COLUMNS) {
            java.util.Arrays.fill(panel, 0);
        }
        switch (direction) {
            case FORWARD -> transpose(first, columns);
            case BACKWARD -> widen(first, columns);
        }
    }

    private void transpose(int first, int columns) {
        for (int column = 0; column < columns; column++) {
            int from = (first + column) * depth;
            for (int k = 0; k < depth; k++) {
                panel[k * COLUMNS + column] = int8[from + k];
            }
        }
    }

    private void widen(int first, int columns) {
        for (int k = 0; k < depth; k++) {
            for (int column = 0; column < columns; column++) {
                panel[k * COLUMNS + column] = int8[k * features + first + column];
            }
        }
    }
}
