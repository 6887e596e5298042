package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole engine without a GPU: the kernels' source compiled for the processor with the tensor cores' fragments as the PTX
 * ISA documents them, under a driver that does everything as late as it may, called by JCuda from a JVM of its own. What it
 * cannot show is that the hardware does what the documents say, and how fast.
 */
class EmulatedDeviceTest {
    @BeforeEach
    void build() throws IOException {
        EmulatedDevice.require();
    }

    @Test
    void every_kernel_gives_the_definitions_values_and_touches_no_byte_beyond_its_operands() throws IOException {
        EmulatedDevice.Run run = EmulatedDevice.checkKernels();
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output().lines().filter(line -> line.startsWith("right ")))
                .hasSizeGreaterThan(100);
    }

    @Test
    void the_java_engine_passes_all_that_a_device_must_pass() throws IOException {
        EmulatedDevice.Run run = EmulatedDevice.java(Map.of(), "-Dveilora.test.engines=CUDA mma", DeviceTests.class);
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output())
                .contains("engine: CUDA (emulated device, 9.0, mma)")
                .contains(" passed, 0 failed, 0 skipped");
    }

    @ParameterizedTest(name = "VEILORA_CUDA={0}, wrong: {1}, devices: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "wgmma | none  | 1 | CUDA (emulated device, 9.0, wgmma)",
                "wgmma | wgmma | 1 | CUDA (emulated device, 9.0, mma); not wgmma: self-check: the forward product differs from",
                "mma   | mma   | 1 | threads); no CUDA: not mma: self-check: the forward product differs from the reference from",
                "mma   | none  | 0 | threads); no CUDA: cuInit: CUDA_ERROR_NO_DEVICE",
                "off   | none  | 1 | threads); no CUDA: VEILORA_CUDA=off"
            })
    void the_choice_falls_back_and_says_why(String setting, String faulty, String devices, String reason)
            throws IOException {
        Map<String, String> environment =
                Map.of("VEILORA_CUDA", setting, "VEILORA_EMULATED_FAULT", faulty, "VEILORA_EMULATED_DEVICES", devices);
        EmulatedDevice.Run run = EmulatedDevice.java(environment, "-ea", PrintedChoice.class);
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output()).contains(reason);
    }

    @Test
    void the_benchmark_of_the_gpu_machine_runs_and_checks_its_answers() throws IOException {
        EmulatedDevice.Run run = EmulatedDevice.java(Map.of(), "-ea", CudaBenchmark.class, "mma", "5x70x130");
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output().lines().filter(line -> line.startsWith("{\"kernel\": \"mma\"")))
                .hasSize(2);
    }
}
