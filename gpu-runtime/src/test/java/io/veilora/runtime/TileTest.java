package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileTest {
    private static final Tile.Grain GRAIN = new Tile.Grain(6, 32);
    /** As AVX2 has it: 24 columns do not divide a tile's most features. */
    private static final Tile.Grain ODD_GRAIN = new Tile.Grain(6, 24);

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "256,704,256,2", "257,255,7,16", "1000,12825,2048,64", "3,4098,4098,2"})
    void tiles_cover_every_value_of_the_answer_once(int tokens, int features, int depth, int threads) {
        byte[] covered = new byte[tokens * features];
        for (Tile tile : Tile.cut(tokens, features, depth, ODD_GRAIN, threads)) {
            assertThat(tile.tokens()).isBetween(1, Tile.MAX_TOKENS);
            assertThat(tile.features()).isBetween(1, Tile.MAX_FEATURES);
            for (int token = tile.firstToken(); token < tile.firstToken() + tile.tokens(); token++) {
                for (int i = 0; i < tile.features(); i++) {
                    covered[token * features + tile.firstFeature() + i]++;
                }
            }
        }
        byte[] once = new byte[covered.length];
        Arrays.fill(once, (byte) 1);
        assertThat(Arrays.equals(covered, once)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"256,704,256,2", "256,2048,8192,16"})
    void a_layer_of_one_block_keeps_all_threads_busy(int tokens, int features, int depth, int threads) {
        assertThat(Tile.cut(tokens, features, depth, GRAIN, threads)).hasSizeGreaterThanOrEqualTo(2 * threads);
    }

    @ParameterizedTest
    @CsvSource({"1,64,64,16", "256,16,16,8"})
    void work_too_small_to_share_stays_in_one_piece(int tokens, int features, int depth, int threads) {
        assertThat(Tile.cut(tokens, features, depth, GRAIN, threads))
                .isEqualTo(List.of(new Tile(0, tokens, 0, features)));
    }
}
