package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One thread's native workspace, some 1.2 MB, and the multiplication of one {@link Tile} in it.
 *
 * <p>Loops as in {@link TileProduct}: the limbs of a block of terms rest in the L2 cache, a panel of widened weights in
 * L1. Weights are widened from the one row-major matrix for every tile and either direction: that reads each weight once
 * for {@link Tile#MAX_TOKENS} tokens and costs as much as some five to fifteen more tokens would, while a matrix kept
 * widened would take twice the memory and serve one direction.
 */
final class NativeTile {
    private static final int STRIDE = Tile.MAX_FEATURES + 32;
    private static final long ALIGNMENT = 64;

    private final NativeKernel kernel;
    private final MemorySegment limbs;
    private final MemorySegment panel;
    private final MemorySegment sums;

    NativeTile(NativeKernel kernel, Arena arena) {
        this.kernel = kernel;
        limbs = arena.allocate(kernel.limbBytes(Tile.MAX_TOKENS), ALIGNMENT);
        panel = arena.allocate(kernel.panelBytes(), ALIGNMENT);
        sums = arena.allocate((long) Long.BYTES * Tile.MAX_TOKENS * STRIDE, ALIGNMENT);
    }

    /** Multiplies and writes one tile of the answer. */
    void compute(MemorySegment int8, StackedProducts stack, Tile tile) {
        sums.asSlice(0, (long) Long.BYTES * STRIDE * tile.tokens()).fill((byte) 0);
        for (int term = 0; term < stack.depth(); term += NativeKernel.BLOCK) {
            int terms = Math.min(NativeKernel.BLOCK, stack.depth() - term);
            packWords(stack, tile, term, terms);
            for (int feature = 0; feature < tile.features(); feature += kernel.columns()) {
                packWeights(int8, stack, tile, feature, term);
                kernel.multiply(limbs, terms, panel, sums(0, feature, tile.tokens(), kernel.columns()));
            }
        }
        write(stack, tile);
    }

    private void packWords(StackedProducts stack, Tile tile, int term, int terms) {
        stack.forEachRun(tile.firstToken(), tile.tokens(), (product, row, done, count) -> {
            long offset = Integer.BYTES * ((long) row * stack.depth() + term);
            Rectangle words = new Rectangle(product.input().asSlice(offset), count, terms, stack.depth());
            kernel.packWords(words, limbs.asSlice(kernel.limbBytes(done)));
        });
    }

    private void packWeights(MemorySegment int8, StackedProducts stack, Tile tile, int feature, int term) {
        int terms = Math.min(NativeKernel.BLOCK, stack.depth() - term);
        int features = Math.min(kernel.columns(), tile.features() - feature);
        long answer = tile.firstFeature() + feature;
        if (stack.direction() == Direction.FORWARD) {
            MemorySegment first = int8.asSlice(answer * stack.depth() + term);
            kernel.packRows(new Rectangle(first, features, terms, stack.depth()), panel);
        } else {
            MemorySegment first = int8.asSlice((long) term * stack.width() + answer);
            kernel.packColumns(new Rectangle(first, terms, features, stack.width()), panel);
        }
    }

    private void write(StackedProducts stack, Tile tile) {
        int roundedFeatures = Tile.roundUp(tile.features(), kernel.columns());
        stack.forEachRun(tile.firstToken(), tile.tokens(), (product, row, done, count) -> {
            long offset = product.answerBits().bytes() * ((long) row * stack.width() + tile.firstFeature());
            Rectangle answer = new Rectangle(product.output().asSlice(offset), count, tile.features(), stack.width());
            kernel.write(sums(done, 0, count, roundedFeatures), answer, product.answerBits());
        });
    }

    private Rectangle sums(int token, int feature, int tokens, int features) {
        return new Rectangle(sums.asSlice(Long.BYTES * ((long) token * STRIDE + feature)), tokens, features, STRIDE);
    }
}
