package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaKernelTest {
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "mma"})
    void the_kernel_is_mma_unless_another_is_asked_for(String setting) {
        assertThat(CudaKernel.wanted(setting)).isEqualTo(Optional.of(CudaKernel.MMA));
    }

    @Test
    void wgmma_must_be_asked_for_and_mma_stands_behind_it() {
        assertThat(CudaKernel.wanted("wgmma")).isEqualTo(Optional.of(CudaKernel.WGMMA));
        assertThat(CudaKernel.inOrderOfTrial(CudaKernel.WGMMA)).isEqualTo(List.of(CudaKernel.WGMMA, CudaKernel.MMA));
        assertThat(CudaKernel.inOrderOfTrial(CudaKernel.MMA)).isEqualTo(List.of(CudaKernel.MMA));
    }

    @Test
    void off_is_none_and_anything_else_is_refused_naming_what_is_allowed() {
        assertThat(CudaKernel.wanted("off")).isEmpty();
        assertThatThrownBy(() -> CudaKernel.wanted("fast"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("VEILORA_CUDA: got fast, expected mma, wgmma or off");
    }

    @Test
    void a_kernel_runs_on_the_generations_that_have_its_instructions() {
        assertThat(CudaKernel.MMA.runsOn(75)).isFalse();
        assertThat(CudaKernel.MMA.runsOn(80)).isTrue();
        assertThat(CudaKernel.MMA.runsOn(120)).isTrue();
        assertThat(CudaKernel.WGMMA.runsOn(89)).isFalse();
        assertThat(CudaKernel.WGMMA.runsOn(90)).isTrue();
        assertThat(CudaKernel.WGMMA.runsOn(100)).isFalse();
    }

    @Test
    void both_fit_the_shared_memory_of_every_device_they_run_on() {
        assertThat(CudaKernel.MMA.sharedBytes()).isEqualTo(96 << 10).isLessThanOrEqualTo(99 << 10);
        assertThat(CudaKernel.WGMMA.sharedBytes()).isEqualTo(144 << 10).isLessThanOrEqualTo(227 << 10);
    }
}
