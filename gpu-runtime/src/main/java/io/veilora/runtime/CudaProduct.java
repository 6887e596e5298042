package io.veilora.runtime;

/**
 * The sizes of one product on the device and how it is cut: into tiles of the answer, one a block, and, where the sums are
 * long or the tiles few, into splits of the sums that are added at the end.
 *
 * @param tokens of one chunk
 * @param depth terms of a sum
 * @param width features of an answer
 * @param stepsPerSplit steps of {@link #STEP} terms that one block adds up
 */
record CudaProduct(int tokens, int depth, int width, int stepsPerSplit) {
    /** The kernels' constants TOKENS, FEATURES and DEPTH (gemm.cuh). */
    static final int TILE_TOKENS = 64;

    static final int TILE_FEATURES = 128;
    static final int STEP = 64;

    /** 65,536 terms of at most 255 · 128 stay below 2^31. */
    static final int EXACT_STEPS = 1 << 10;

    /** What a split costs besides its steps, in steps: filling the pipeline, and writing and adding its share. */
    private static final int SPLIT_COST = 16;

    private static final int MAX_SPLITS_FOR_SPEED = 8;

    /** @param multiprocessors each computes one tile at a time */
    static CudaProduct plan(int tokens, int depth, int width, int multiprocessors) {
        int steps = pitch(depth) / STEP;
        int fewest = Math.ceilDiv(steps, EXACT_STEPS);
        int best = fewest;
        long tiles = tiles(tokens, width);
        for (int splits = fewest; splits <= Math.min(MAX_SPLITS_FOR_SPEED, steps); splits++) {
            if (cost(tiles, steps, splits, multiprocessors) < cost(tiles, steps, best, multiprocessors)) {
                best = splits;
            }
        }
        return new CudaProduct(tokens, depth, width, Math.ceilDiv(steps, best));
    }

    private static long cost(long tiles, int steps, int splits, int multiprocessors) {
        long rounds = Math.ceilDiv(tiles * splits, multiprocessors);
        return rounds * (Math.ceilDiv(steps, splits) + (splits > 1 ? SPLIT_COST : 0));
    }

    private static long tiles(int tokens, int width) {
        return (long) Math.ceilDiv(tokens, TILE_TOKENS) * Math.ceilDiv(width, TILE_FEATURES);
    }

    /** Bytes of a row on the device. */
    static int pitch(int features) {
        return Math.ceilDiv(features, STEP) * STEP;
    }

    int blocks() {
        return Math.toIntExact(tiles(tokens, width));
    }

    int splits() {
        return Math.ceilDiv(pitch(depth) / STEP, stepsPerSplit);
    }

    long wordBytes() {
        return (long) tokens * depth * Integer.BYTES;
    }

    long planeBytes() {
        return 4L * tokens * pitch(depth);
    }

    /** No partial sums where one block has the whole sum. */
    long partialBytes() {
        return splits() == 1 ? 0 : (long) splits() * tokens * width * Integer.BYTES;
    }
}
