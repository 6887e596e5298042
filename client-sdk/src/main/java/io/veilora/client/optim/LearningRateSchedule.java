package io.veilora.client.optim;

/**
 * The learning rate of optimizer step s, counted from 0:
 *
 * <pre>
 * s &lt; warmup:  peak·(s + 1)/warmup
 * constant:    peak
 * linear:      floor + (peak − floor)·(1 − p)
 * cosine:      floor + (peak − floor)·(1 + cos πp)/2     with p = (s − warmup)/(total − warmup), at most 1
 * </pre>
 *
 * The first step is not lost to a rate of zero, and the floor is reached one step after the last.
 *
 * @param peak highest rate, positive
 * @param floor last rate, in [0, peak]
 * @param warmupSteps optimizer steps of warm-up, in [0, total]
 * @param totalSteps optimizer steps of the whole run, positive
 */
public record LearningRateSchedule(Decay decay, double peak, double floor, int warmupSteps, int totalSteps) {

    /** What follows the warm-up. */
    public enum Decay {
        CONSTANT,
        LINEAR,
        COSINE
    }

    public LearningRateSchedule {
        if (!(peak > 0) || !Double.isFinite(peak) || !(floor >= 0 && floor <= peak)) {
            throw new IllegalArgumentException("learning rate: got peak " + peak + " and floor " + floor
                    + ", expected 0 ≤ floor ≤ peak, peak > 0");
        }
        if (totalSteps <= 0 || warmupSteps < 0 || warmupSteps > totalSteps) {
            throw new IllegalArgumentException("warm-up: got " + warmupSteps + " of " + totalSteps
                    + " optimizer steps, expected between 0 and all of them");
        }
    }

    /** The rate for the optimizer step with this number, counted from 0. */
    public double at(long optimizerStep) {
        if (optimizerStep < warmupSteps) {
            return peak * (optimizerStep + 1) / warmupSteps;
        }
        double progress = Math.min(1.0, (optimizerStep - warmupSteps) / (double) Math.max(1, totalSteps - warmupSteps));
        return switch (decay) {
            case CONSTANT -> peak;
            case LINEAR -> floor + (peak - floor) * (1 - progress);
            case COSINE -> floor + (peak - floor) * (1 + StrictMath.cos(Math.PI * progress)) / 2;
        };
    }
}
