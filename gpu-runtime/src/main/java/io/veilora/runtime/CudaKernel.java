package io.veilora.runtime;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The two ways to multiply on tensor cores (src/main/cuda); their results are the same. */
enum CudaKernel {
    /** {@code mma.sync}: compute capability 8.0 and above. */
    MMA(4),
    /** {@code wgmma}: 9.0 only, Hopper. */
    WGMMA(6);

    /** Bytes of a stage in shared memory: limbs of 64 tokens and weights of 128 features, 64 terms each. */
    private static final int STAGE_BYTES = (4 * CudaProduct.TILE_TOKENS + CudaProduct.TILE_FEATURES) * CudaProduct.STEP;

    private static final String OFF = "off";

    private final int stages;

    CudaKernel(int stages) {
        this.stages = stages;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    int sharedBytes() {
        return stages * STAGE_BYTES;
    }

    /** @param capability 80 for 8.0 */
    boolean runsOn(int capability) {
        return this == MMA ? capability >= 80 : capability == 90;
    }

    /** Another kernel's result would be the same, so where the wanted one fails there is still {@link #MMA}. */
    static List<CudaKernel> inOrderOfTrial(CudaKernel wanted) {
        return wanted == MMA ? List.of(MMA) : List.of(wanted, MMA);
    }

    /**
     * The kernel to try first, or empty for no CUDA at all. Nothing set is {@link #MMA}: no GPU has run WGMMA yet
     * (src/bench/README.md).
     *
     * @param setting the environment variable {@code VEILORA_CUDA}; may be null
     */
    static Optional<CudaKernel> wanted(String setting) {
        if (setting == null || setting.isBlank()) {
            return Optional.of(MMA);
        }
        if (setting.equals(OFF)) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(values())
                .filter(kernel -> kernel.label().equals(setting))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("VEILORA_CUDA: got %s, expected %s or %s"
                        .formatted(
                                setting,
                                Arrays.stream(values()).map(CudaKernel::label).collect(Collectors.joining(", ")),
                                OFF))));
    }
}
