package io.veilora.client.report;

import io.veilora.client.train.TrainingEvent.StepFinished;
import java.util.List;

/**
 * The losses of a run, one for every optimizer step.
 *
 * @param losses in the order of the steps
 */
public record LossCurve(List<Double> losses) {
    public LossCurve {
        losses = List.copyOf(losses);
    }

    public static LossCurve of(List<StepFinished> steps) {
        return new LossCurve(steps.stream().map(StepFinished::loss).toList());
    }

    /**
     * The largest {@code |a − b|/|b|} over all steps, where {@code b} is the reference.
     *
     * @throws IllegalArgumentException for curves that are empty or of different lengths
     */
    public double maxRelativeDifference(LossCurve reference) {
        if (losses.isEmpty() || losses.size() != reference.losses.size()) {
            throw new IllegalArgumentException("loss curves: got " + losses.size() + " and " + reference.losses.size()
                    + " optimizer steps, expected the same number, at least 1");
        }
        double largest = 0;
        for (int i = 0; i < losses.size(); i++) {
            double expected = reference.losses.get(i);
            largest = Math.max(largest, Math.abs(losses.get(i) - expected) / Math.abs(expected));
        }
        return largest;
    }
}
