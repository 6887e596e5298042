package io.veilora.client.lora;

import java.util.SplittableRandom;

/**
 * LoRA dropout as PEFT's {@code lora_dropout}: in training, each element of a branch's input is zero with probability p
 * and divided by 1 − p otherwise; every branch draws its own. Nothing is dropped unless a training pass has begun.
 *
 * <p>What is dropped follows from the pass's seed and the branch's place alone, so the backward pass drops what the
 * forward pass did, and a resumed run what the interrupted one would have. The draws are local: the provider's part of a
 * layer sees the whole input.
 */
public final class Dropout {
    private static final int PROJECTIONS = Projection.values().length;

    private final double probability;
    private boolean training;
    private long pass;

    Dropout(double probability) {
        this.probability = probability;
    }

    /** Drops from now on what belongs to this micro-batch of this optimizer step. */
    public void begin(long seed, long optimizerStep, int microBatch) {
        training = true;
        pass = mix(mix(mix(seed) + optimizerStep) + microBatch);
    }

    /** Drops nothing from now on. */
    public void end() {
        training = false;
    }

    /** The factors of a branch's inputs, 0 or 1/(1 − p); null when nothing is dropped. */
    float[] factors(Adapter.Site site, int count) {
        if (!training || probability == 0) {
            return null;
        }
        long place = (long) site.block() * PROJECTIONS + site.projection().ordinal();
        SplittableRandom random = new SplittableRandom(mix(pass + place));
        float kept = (float) (1 / (1 - probability));
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = random.nextDouble() < probability ? 0 : kept;
        }
        return factors;
    }

    /** SplitMix64's finalizer: generators of neighbouring seeds would draw one sequence, shifted. */
    private static long mix(long seed) {
        return new SplittableRandom(seed).nextLong();
    }
}
