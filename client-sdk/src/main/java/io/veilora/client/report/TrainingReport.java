package io.veilora.client.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.veilora.client.files.PrivateFiles;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a training run did, for its owner: it shows the sample prompt and its answers, so it never goes to the provider.
 *
 * @param mode how the frozen layers were computed: {@code encrypted}, {@code simulated} or {@code clear}
 * @param verification how the provider's answers were checked: {@code strict}, {@code sampled} or {@code off}
 * @param maxRelativeLossDifference largest relative difference to the same training in clear float32, over all logged
 *     steps; null when that was not done
 * @param heldOutLossBefore cross-entropy per labelled token with the base model; null without held-out data
 * @param heldOutLossAfter the same with the adapter
 * @param tokensPerSecond tokens trained on, per second of wall time
 * @param bytesUpPerToken bytes of encrypted steps sent to the provider per token trained on
 * @param bytesDownPerToken bytes of their answers
 * @param hints what the hints took besides; null where nothing is encrypted
 * @param evaluations what evaluations took besides; null where nothing is encrypted
 * @param secondsByPart what the training thread's time went to, for example {@link #CLIENT_CRYPTO}; in this order, adding up
 *     to the wall time of the optimizer steps. What others do while it works itself is in no part: the provider's parts are
 *     the time in which it had nothing to do but wait, split as the round trips were
 * @param utilisation how busy that kept the machine; null if it was not measured
 * @param adapterPath folder of the adapter in PEFT's format; null while there is none
 * @param sample a prompt answered before and after; null for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrainingReport(
        String mode,
        String verification,
        long optimizerSteps,
        Double maxRelativeLossDifference,
        Double heldOutLossBefore,
        Double heldOutLossAfter,
        double tokensPerSecond,
        double bytesUpPerToken,
        double bytesDownPerToken,
        Hints hints,
        Evaluations evaluations,
        Map<String, Double> secondsByPart,
        Utilisation utilisation,
        String adapterPath,
        Sample sample) {
    public static final String CLIENT_CRYPTO = "clientCrypto";
    public static final String CLIENT_MATH = "clientMath";
    public static final String TRANSPORT = "transport";
    public static final String PROVIDER_GEMM = "providerGemm";
    public static final String BROKER_AND_STORES = "brokerAndStores";

    /** A prompt and its answers by the base model and by the fine-tuned one. */
    public record Sample(String prompt, String answerBefore, String answerAfter) {
        /** Without the texts, which are private. */
        @Override
        public String toString() {
            return "Sample[redacted]";
        }
    }

    /**
     * Hints, whose bytes are in no other figure.
     *
     * @param keptBytes on this machine's disk, downloaded once for all runs
     * @param streamedBytes fetched in the optimizer steps of this run because there was no room to keep them
     */
    public record Hints(long keptBytes, long streamedBytes) {}

    /**
     * Evaluations on held-out data, whose bytes are in no other figure.
     *
     * @param bytesUp of their encrypted steps
     * @param bytesDown of the answers
     * @param streamedHintBytes fetched for them because there was no room to keep them
     */
    public record Evaluations(int count, long bytesUp, long bytesDown, long streamedHintBytes) {
        private static Evaluations of(List<Evaluated> evaluations) {
            StepCosts.Totals costs =
                    evaluations.stream().map(Evaluated::costs).reduce(StepCosts.Totals.NONE, StepCosts.Totals::plus);
            return costs.steps() == 0
                    ? null
                    : new Evaluations(
                            evaluations.size(), costs.bytesUp(), costs.bytesDown(), costs.streamedHintBytes());
        }
    }

    public TrainingReport {
        secondsByPart = Collections.unmodifiableMap(new LinkedHashMap<>(secondsByPart));
    }

    /**
     * The report of a run from its metrics alone, so that parts of an interrupted run add up.
     *
     * @param mode as {@link #mode}
     * @param keptHintBytes as {@link Hints#keptBytes}
     * @param adapterFolder null while there is none
     */
    public static TrainingReport of(
            String mode,
            long keptHintBytes,
            List<StepFinished> steps,
            List<Evaluated> evaluations,
            Path adapterFolder) {
        StepCosts.Totals costs =
                steps.stream().map(StepFinished::costs).reduce(StepCosts.Totals.NONE, StepCosts.Totals::plus);
        long tokens = steps.stream().mapToLong(StepFinished::tokens).sum();
        double seconds = steps.stream().mapToDouble(StepFinished::seconds).sum();
        return new TrainingReport(
                mode,
                "off",
                steps.size(),
                null,
                evaluations.isEmpty() ? null : evaluations.getFirst().loss(),
                evaluations.isEmpty() ? null : evaluations.getLast().loss(),
                seconds == 0 ? 0 : tokens / seconds,
                (double) costs.bytesUp() / Math.max(1, tokens),
                (double) costs.bytesDown() / Math.max(1, tokens),
                costs.steps() == 0 ? null : new Hints(keptHintBytes, costs.streamedHintBytes()),
                Evaluations.of(evaluations),
                secondsByPart(seconds, costs),
                Utilisation.of(steps),
                adapterFolder == null ? null : adapterFolder.toString(),
                null);
    }

    private static Map<String, Double> secondsByPart(double seconds, StepCosts.Totals costs) {
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put(CLIENT_CRYPTO, costs.cryptoSeconds());
        parts.put(CLIENT_MATH, seconds - costs.cryptoSeconds() - costs.waitSeconds());
        parts.put(TRANSPORT, costs.transportSeconds());
        parts.put(PROVIDER_GEMM, costs.gemmSeconds());
        parts.put(BROKER_AND_STORES, costs.brokerAndStoresSeconds());
        return parts;
    }

    /** With the same training in clear float32 beside it, and a prompt answered before and after. */
    public TrainingReport with(double maxLossDifference, Sample answered) {
        return new TrainingReport(
                mode,
                verification,
                optimizerSteps,
                maxLossDifference,
                heldOutLossBefore,
                heldOutLossAfter,
                tokensPerSecond,
                bytesUpPerToken,
                bytesDownPerToken,
                hints,
                evaluations,
                secondsByPart,
                utilisation,
                adapterPath,
                answered);
    }

    /** Writes the report as JSON, readable by its owner only, whole or not at all. */
    public void writeJson(Path file) throws IOException {
        PrivateFiles.createFolder(file.toAbsolutePath().getParent());
        PrivateFiles.replace(
                file, ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }
}
