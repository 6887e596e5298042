package io.veilora.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * A rectangle of the stacked answer that one thread computes by itself, start to end: no two threads share a result.
 *
 * @param firstToken in the stack
 * @param tokens at most {@link #MAX_TOKENS}
 * @param firstFeature of the answer
 * @param features at most {@link #MAX_FEATURES}
 */
record Tile(int firstToken, int tokens, int firstFeature, int features) {
    /** Every tile unpacks its weights anew, so tokens are what pays for it. A multiple of every kernel's rows. */
    static final int MAX_TOKENS = 264;

    /** A workspace's room for the features of an answer. */
    static final int MAX_FEATURES = 256;

    /** Multiplications worth handing to another thread: 10 to 50 µs. */
    private static final long WORTHWHILE = 1 << 20;

    /** More would balance better, but narrow tiles convert their inputs for few features. */
    private static final int TILES_PER_THREAD = 2;

    /** Tokens and features that an engine's kernel multiplies at once: a tile should be a multiple. */
    record Grain(int rows, int columns) {}

    static List<Tile> cut(StackedProducts stack, Grain grain, int threads) {
        return cut(stack.tokens(), stack.width(), stack.depth(), grain, threads);
    }

    /** Cuts (tokens, features) into tiles of about the same size. */
    static List<Tile> cut(int tokens, int features, int depth, Grain grain, int threads) {
        if (tokens == 0) {
            return List.of();
        }
        int tokenCuts = Math.ceilDiv(tokens, MAX_TOKENS);
        int featureCuts = Math.ceilDiv(features, MAX_FEATURES);
        long worthwhileCuts = (long) tokens * features * depth / WORTHWHILE / tokenCuts;
        int wantedCuts = threads == 1 ? 1 : Math.ceilDiv(TILES_PER_THREAD * threads, tokenCuts);
        featureCuts = Math.max(featureCuts, (int) Math.min(wantedCuts, worthwhileCuts));

        int tokenStep = roundUp(Math.ceilDiv(tokens, tokenCuts), grain.rows);
        int featureStep = Math.min(
                roundUp(Math.ceilDiv(features, featureCuts), grain.columns),
                MAX_FEATURES / grain.columns * grain.columns);
        List<Tile> tiles = new ArrayList<>();
        for (int feature = 0; feature < features; feature += featureStep) {
            for (int token = 0; token < tokens; token += tokenStep) {
                tiles.add(new Tile(
                        token,
                        Math.min(tokenStep, tokens - token),
                        feature,
                        Math.min(featureStep, features - feature)));
            }
        }
        return tiles;
    }

    static int roundUp(int value, int multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
    }
}
