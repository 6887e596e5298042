package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaProductTest {
    /** Of an H100. */
    private static final int MULTIPROCESSORS = 132;

    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "64,64,128",
        "256,2048,2048",
        "256,8192,2048",
        "4096,2048,8192",
        "3,65536,5",
        "3,65537,5",
        "256,128256,2048",
        "2,8388608,1"
    })
    void every_term_belongs_to_one_split_and_no_split_is_empty_or_too_long(int tokens, int depth, int width) {
        CudaProduct product = CudaProduct.plan(tokens, depth, width, MULTIPROCESSORS);
        int steps = CudaProduct.pitch(depth) / CudaProduct.STEP;
        assertThat(product.stepsPerSplit()).isBetween(1, CudaProduct.EXACT_STEPS);
        assertThat(product.splits() * product.stepsPerSplit()).isGreaterThanOrEqualTo(steps);
        assertThat((product.splits() - 1) * product.stepsPerSplit()).isLessThan(steps);
        assertThat(product.partialBytes())
                .isEqualTo(product.splits() == 1 ? 0 : 4L * product.splits() * tokens * width);
    }

    @Test
    void sums_stay_whole_where_the_tiles_fill_the_device_and_are_split_where_they_do_not() {
        assertThat(CudaProduct.plan(4096, 2048, 8192, MULTIPROCESSORS).splits()).isEqualTo(1);
        CudaProduct few = CudaProduct.plan(256, 8192, 2048, MULTIPROCESSORS);
        assertThat(few.blocks()).isEqualTo(64);
        assertThat(few.splits()).isEqualTo(2);
        assertThat(CudaProduct.plan(64, 64, 128, MULTIPROCESSORS).splits()).isEqualTo(1);
    }

    @Test
    void the_largest_sum_of_one_split_fits_an_int() {
        assertThat((long) CudaProduct.EXACT_STEPS * CudaProduct.STEP * 255 * 128)
                .isLessThan(1L << 31);
    }
}
