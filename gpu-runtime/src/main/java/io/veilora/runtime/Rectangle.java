package io.veilora.runtime;

import java.lang.foreign.MemorySegment;

/**
 * A part of a row-major matrix, (rows, columns), as a C function sees it.
 *
 * @param memory begins with the part's first element; may go on behind its last one
 * @param stride elements from a row to the next
 */
record Rectangle(MemorySegment memory, int rows, int columns, long stride) {
    Rectangle {
        if (rows < 1 || columns < 1 || columns > stride) {
            throw new IllegalArgumentException("rectangle: got %d × %d, stride %d".formatted(rows, columns, stride));
        }
    }

    /**
     * Exactly the memory from the first element to the last one.
     *
     * @throws IndexOutOfBoundsException if there is less
     */
    MemorySegment exactly(int elementBytes) {
        return memory.asSlice(0, elementBytes * ((rows - 1) * stride + columns));
    }
}
