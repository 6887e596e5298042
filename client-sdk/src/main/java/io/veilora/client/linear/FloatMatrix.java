package io.veilora.client.linear;

/**
 * A window on a float array: element (i, j) is {@code values[offset + i·rowStride + j·columnStride]}. Nothing is
 * copied; {@link #transposed} and the slices share the array.
 */
public record FloatMatrix(float[] values, int offset, int rows, int columns, int rowStride, int columnStride) {

    public FloatMatrix {
        if (rows < 0 || columns < 0 || offset < 0) {
            throw new IllegalArgumentException("matrix: got " + rows + " × " + columns + " at " + offset);
        }
        if (rows > 0 && columns > 0) {
            long last = offset + (rows - 1L) * rowStride + (columns - 1L) * columnStride;
            if (last >= values.length) {
                throw new IllegalArgumentException(
                        "matrix: " + rows + " × " + columns + " ends at " + last + " of an array of " + values.length);
            }
        }
    }

    /** The first {@code rows·columns} values, row after row. */
    public static FloatMatrix rowMajor(float[] values, int rows, int columns) {
        return new FloatMatrix(values, 0, rows, columns, columns, 1);
    }

    public FloatMatrix transposed() {
        return new FloatMatrix(values, offset, columns, rows, columnStride, rowStride);
    }

    public FloatMatrix rowRange(int from, int count) {
        return new FloatMatrix(values, offset + from * rowStride, count, columns, rowStride, columnStride);
    }

    public FloatMatrix columnRange(int from, int count) {
        return new FloatMatrix(values, offset + from * columnStride, rows, count, rowStride, columnStride);
    }

    /** Where element (row, column) lies in {@link #values}. */
    public int index(int row, int column) {
        return offset + row * rowStride + column * columnStride;
    }

    @Override
    public String toString() {
        return "FloatMatrix[" + rows + " × " + columns + "]";
    }
}
