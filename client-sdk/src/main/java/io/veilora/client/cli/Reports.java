package io.veilora.client.cli;

import io.veilora.client.linear.StepCosts;
import io.veilora.client.report.LossCurve;
import io.veilora.client.report.TrainingReport;
import io.veilora.client.train.FineTuning;
import io.veilora.client.train.TrainingEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the report of a run from its outcome. */
final class Reports {
    private Reports() {}

    /**
     * @param clear the same training in clear float32; null if it was not done
     * @param sample a prompt and its answers; null for none
     */
    static TrainingReport of(
            String mode, FineTuning.Outcome outcome, FineTuning.Outcome clear, TrainingReport.Sample sample) {
        List<TrainingEvent.Evaluated> evaluations = outcome.evaluations();
        StepCosts.Totals costs = outcome.trainingCosts();
        double tokens = Math.max(1, outcome.trainedTokens());
        Double difference =
                clear == null ? null : LossCurve.of(outcome.steps()).maxRelativeDifference(LossCurve.of(clear.steps()));
        return new TrainingReport(
                mode,
                "off",
                outcome.steps().size(),
                difference,
                evaluations.isEmpty() ? null : evaluations.getFirst().loss(),
                evaluations.isEmpty() ? null : evaluations.getLast().loss(),
                outcome.trainingSeconds() == 0 ? 0 : outcome.trainedTokens() / outcome.trainingSeconds(),
                costs.bytesUp() / tokens,
                costs.bytesDown() / tokens,
                secondsByPart(outcome),
                outcome.adapterFolder().toString(),
                sample);
    }

    /** The parts add up to the wall time of the optimizer steps. */
    private static Map<String, Double> secondsByPart(FineTuning.Outcome outcome) {
        StepCosts.Totals costs = outcome.trainingCosts();
        double waiting = costs.waitNanos() / 1e9;
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put(TrainingReport.CLIENT_CRYPTO, costs.cryptoSeconds());
        parts.put(TrainingReport.CLIENT_MATH, outcome.trainingSeconds() - costs.cryptoSeconds() - waiting);
        parts.put(TrainingReport.TRANSPORT, costs.transportSeconds());
        parts.put(TrainingReport.PROVIDER_GEMM, costs.gemmSeconds());
        parts.put(TrainingReport.BROKER_AND_STORES, costs.brokerAndStoresSeconds());
        return parts;
    }
}
