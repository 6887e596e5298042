package io.veilora.client.linear;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Runs independent pieces of work on all cores. Pieces write disjoint outputs and never share a sum, so a result has
 * the same bits whoever computed which piece, on any number of cores.
 */
public final class Cores {
    private Cores() {}

    /** Calls {@code piece} with 0 … pieces − 1 in any order, and returns when all are done. */
    public static void forEach(int pieces, IntConsumer piece) {
        if (pieces == 1) {
            piece.accept(0);
        } else {
            IntStream.range(0, pieces).parallel().forEach(piece);
        }
    }

    /** How many pieces can run at once. */
    public static int count() {
        return Runtime.getRuntime().availableProcessors();
    }
}
