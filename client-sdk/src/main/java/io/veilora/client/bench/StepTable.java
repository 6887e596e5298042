package io.veilora.client.bench;

import io.veilora.client.bench.StepResult.Layer;
import io.veilora.protocol.text.ByteCount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code bench step} found, for people and for programs.
 *
 * @param encrypted steps in their order; the last one counts
 * @param clear the same steps in clear; empty if they were not run
 */
public record StepTable(Model model, List<StepResult> encrypted, List<StepResult> clear) {
    /**
     * What was run.
     *
     * @param linearWeights of all linear layers together
     * @param hintBytes of all hints
     */
    public record Model(String geometry, long linearWeights, long hintBytes) {}

    private StepResult last() {
        return encrypted.getLast();
    }

    /** Relative difference of the first step's loss to the one in clear; 0 if there is none to compare with. */
    public double lossDifference() {
        return clear.isEmpty()
                ? 0
                : Math.abs(encrypted.getFirst().loss() / clear.getFirst().loss() - 1);
    }

    /** The table, a line each. */
    public String text() {
        List<String> lines = new ArrayList<>();
        StepResult step = last();
        add(
                lines,
                "%s: %,d weights in linear layers, %s of hints; one optimizer step of %d tokens",
                model.geometry(),
                model.linearWeights(),
                ByteCount.text(model.hintBytes()),
                step.tokens());
        add(
                lines,
                "%-8s %-8s %5s %8s %8s %8s %8s %9s %9s %9s",
                "layers",
                "",
                "calls",
                "seconds",
                "crypto",
                "gemm",
                "broker",
                "transport",
                "MB up",
                "MB down");
        for (Layer layer : step.layers()) {
            add(
                    lines,
                    "%-8s %-8s %5d %8.2f %8.2f %8.2f %8.2f %9.2f %9.1f %9.1f",
                    layer.kind(),
                    layer.direction(),
                    layer.calls(),
                    layer.seconds(),
                    layer.cryptoSeconds(),
                    layer.gemmSeconds(),
                    layer.brokerAndStoresSeconds(),
                    layer.transportSeconds(),
                    layer.bytesUp() / 1e6,
                    layer.bytesDown() / 1e6);
        }
        add(lines, "%-23s %8.2f", "local math", step.localMathSeconds());
        add(lines, "%-23s %8.2f", "whole step", step.seconds());
        add(lines, "");
        add(lines, "tokens per second       %10.2f", step.tokensPerSecond());
        add(lines, "bytes per token         %,10.0f", step.bytesPerToken());
        add(lines, "hints streamed          %10s", ByteCount.text(step.streamedHintBytes()));
        add(lines, "cores busy, client      %10.1f %%", 100 * step.clientCpuShare());
        add(lines, "cores busy, both sides  %10.1f %%", 100 * step.bothCpuShare());
        add(lines, "waiting for the provider%10.1f %% of the time", 100 * step.waitSeconds() / step.seconds());
        add(lines, "most bytes in flight    %,10d", step.peakBytesInFlight());
        side(lines, "client", step.clientCpuSeconds(), step.clientPeakMiB());
        side(lines, "provider", step.providerCpuSeconds(), step.providerPeakMiB());
        if (!clear.isEmpty()) {
            StepResult alone = clear.getLast();
            side(lines, "clear, client alone", alone.clientCpuSeconds(), alone.clientPeakMiB());
            add(lines, "clear, tokens per second%10.2f", alone.tokensPerSecond());
            add(
                    lines,
                    "client's CPU time saved %10.1f %% (clear %.1f s, encrypted %.1f s)",
                    100 * (1 - step.clientCpuSeconds() / alone.clientCpuSeconds()),
                    alone.clientCpuSeconds(),
                    step.clientCpuSeconds());
            add(lines, "first loss, difference to clear %.3f %%", 100 * lossDifference());
        }
        return String.join("\n", lines) + "\n";
    }

    private static void side(List<String> lines, String who, Double cpuSeconds, Long peakMiB) {
        add(
                lines,
                "%-23s %10.1f CPU seconds, %s MiB at most",
                who,
                cpuSeconds,
                peakMiB == null ? "unknown (this system does not tell)" : String.format(Locale.ROOT, "%,d", peakMiB));
    }

    private static void add(List<String> lines, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    /** The figures by name; absent ones are null. */
    public Map<String, Object> json() {
        StepResult step = last();
        StepResult alone = clear.isEmpty() ? null : clear.getLast();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("geometry", model.geometry());
        json.put("linearWeights", model.linearWeights());
        json.put("hintBytes", model.hintBytes());
        json.put("tokens", step.tokens());
        json.put("tokensPerSecond", step.tokensPerSecond());
        json.put("bytesPerToken", step.bytesPerToken());
        json.put("streamedHintBytes", step.streamedHintBytes());
        json.put("clientPeakMiB", step.clientPeakMiB());
        json.put("providerPeakMiB", step.providerPeakMiB());
        json.put("clientCpuSeconds", step.clientCpuSeconds());
        json.put("providerCpuSeconds", step.providerCpuSeconds());
        json.put("clientCpuShare", step.clientCpuShare());
        json.put("bothCpuShare", step.bothCpuShare());
        json.put("waitingShare", step.waitSeconds() / step.seconds());
        json.put("peakBytesInFlight", step.peakBytesInFlight());
        json.put("clearCpuSeconds", alone == null ? null : alone.clientCpuSeconds());
        json.put("clearPeakMiB", alone == null ? null : alone.clientPeakMiB());
        json.put("clearTokensPerSecond", alone == null ? null : alone.tokensPerSecond());
        json.put("relativeLossDifference", alone == null ? null : lossDifference());
        json.put("encryptedSteps", encrypted);
        json.put("clearSteps", clear);
        return json;
    }
}
