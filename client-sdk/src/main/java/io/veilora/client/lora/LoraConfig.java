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
 * @param dropout p in [0, 1): in training, an element of a branch's input is dropped with this probability
 */
public record LoraConfig(
        int rank,
        double alpha,
        Set<Projection> targets,
        long seed,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean rankStabilized,
        double dropout) {
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
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout: got " + dropout + ", expected at least 0 and less than 1");
        }
        targets = Collections.unmodifiableSet(EnumSet.copyOf(targets));
    }

    /** With the usual scaling and without dropout. */
    public LoraConfig(int rank, double alpha, Set<Projection> targets, long seed) {
        this(rank, alpha, targets, seed, false);
    }

    /** Without dropout. */
    public LoraConfig(int rank, double alpha, Set<Projection> targets, long seed, boolean rankStabilized) {
        this(rank, alpha, targets, seed, rankStabilized, 0);
    }

    /** The same with another seed. */
    public LoraConfig withSeed(long other) {
        return new LoraConfig(rank, alpha, targets, other, rankStabilized, dropout);
    }

    /** The same with dropout. */
    public LoraConfig withDropout(double probability) {
        return new LoraConfig(rank, alpha, targets, seed, rankStabilized, probability);
    }

    /** α/r, or α/√r. */
    public double scaling() {
        return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
    }
}
