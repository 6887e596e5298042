package io.veilora.client.lora;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What to adapt (Hu et al., "LoRA", arXiv 2106.09685).
 *
 * @param rank r, positive
 * @param alpha α; the branch is multiplied by {@link #scaling}
 * @param targets projections that carry a branch, in every block; at least one
 * @param seed of loraA's initial values
 * @param rankStabilized whether the scaling is α/√r (Kalajdzievski, "rsLoRA", arXiv 2312.03732) instead of α/r
 */
public record LoraConfig(
        int rank,
        double alpha,
        Set<Projection> targets,
        long seed,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean rankStabilized) {
    public LoraConfig {
        if (rank <= 0) {
            throw new IllegalArgumentException("rank: got " + rank + ", expected a positive number");
        }
        if (!(alpha > 0) || !Double.isFinite(alpha)) {
            throw new IllegalArgumentException("alpha: got " + alpha + ", expected a positive number");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("targets: got none, expected some of "
                    + EnumSet.allOf(Projection.class).stream()
                            .map(Projection::label)
                            .toList());
        }
        targets = Collections.unmodifiableSet(EnumSet.copyOf(targets));
    }

    /** With the usual scaling. */
    public LoraConfig(int rank, double alpha, Set<Projection> targets, long seed) {
        this(rank, alpha, targets, seed, false);
    }

    /** α/r, or α/√r. */
    public double scaling() {
        return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
    }
}
