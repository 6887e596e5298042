package io.veilora.client.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WipedArraysTest {
    private final WipedArrays arrays = new WipedArrays();

    @Test
    void anArrayServesOneAtATime() {
        int[] array = new int[3];
        arrays.giveBack(array);
        assertThat(arrays.take(4)).hasSize(4);
        assertThat(arrays.take(3)).isSameAs(array);
        assertThat(arrays.take(3)).isNotSameAs(array).containsOnly(0);
    }

    @Test
    void theOldestGoWhenTheIdleOnesHoldTooMuch() {
        int[] old = new int[3];
        int[] large = new int[(1 << 24) - 2];
        arrays.giveBack(old);
        arrays.giveBack(large);
        assertThat(arrays.take(3)).isNotSameAs(old);
        assertThat(arrays.take(large.length)).isSameAs(large);
        arrays.giveBack(new int[(1 << 24) + 1]);
        arrays.giveBack(old);
        assertThat(arrays.take(3)).isSameAs(old);
    }
}
