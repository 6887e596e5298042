package io.veilora.client.report;

import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.ProcessorUse;
import io.veilora.client.train.TrainingEvent.StepFinished;
import java.util.List;

/**
 * How busy a run kept the client's machine during its optimizer steps.
 *
 * @param clientCpuShare processor time of the client over wall time × cores
 * @param waitingShare share of the wall time in which the training thread had nothing to do but wait for the provider
 * @param peakBytesInFlight most bytes of heap that encrypted steps in flight occupied together
 */
public record Utilisation(double clientCpuShare, double waitingShare, long peakBytesInFlight) {

    /** Null if there are no steps, or if none of them was measured. */
    static Utilisation of(List<StepFinished> steps) {
        ProcessorUse processor =
                steps.stream().map(StepFinished::processor).reduce(ProcessorUse.NONE, ProcessorUse::plus);
        if (processor.coreSeconds() == 0) {
            return null;
        }
        StepCosts.Totals costs =
                steps.stream().map(StepFinished::costs).reduce(StepCosts.Totals.NONE, StepCosts.Totals::plus);
        double seconds = steps.stream().mapToDouble(StepFinished::seconds).sum();
        return new Utilisation(
                processor.cpuSeconds() / processor.coreSeconds(),
                costs.waitSeconds() / seconds,
                costs.peakBytesInFlight());
    }
}
