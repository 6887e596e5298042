package io.veilora.functions.step;

import io.veilora.functions.model.WeightsCache;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import java.io.IOException;
import java.util.List;

/** The engine and the weights it needs: one GEMM for a group of steps. */
public final class GroupGemm {
    private final ModularGemm gemm;
    private final WeightsCache weights;

    public GroupGemm(ModularGemm gemm, WeightsCache weights) {
        this.gemm = gemm;
        this.weights = weights;
    }

    /**
     * Multiplies all products with the weights of the first step's layer, which is everybody's.
     *
     * @return microseconds of the GEMM alone; loading weights is not charged
     */
    long multiply(List<CheckedStep> group, List<Product> products) throws IOException {
        CheckedStep first = group.getFirst();
        try (WeightsCache.Lease lease = weights.lease(first.model(), first.layer())) {
            long start = System.nanoTime();
            gemm.multiply(lease.weights(), first.event().direction(), products);
            return (System.nanoTime() - start) / 1000;
        }
    }
}
