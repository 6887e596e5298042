package io.veilora.client.report;

import io.veilora.protocol.text.ByteCount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link TrainingReport} for a person: aligned plain text, with headings in bold when the caller has a terminal. */
public final class ReportText {
    private static final int LABEL_WIDTH = 26;
    private static final String BOLD = "\u001B[1m";
    private static final String PLAIN = "\u001B[0m";

    private final boolean colours;
    private final List<String> lines = new ArrayList<>();

    private ReportText(boolean colours) {
        this.colours = colours;
    }

    /** @param colours whether to use terminal escapes */
    public static String render(TrainingReport report, boolean colours) {
        ReportText text = new ReportText(colours);
        text.training(report);
        text.traffic(report);
        text.time(report.secondsByPart());
        if (report.sample() != null) {
            text.sample(report.sample());
        }
        return String.join("\n", text.lines) + "\n";
    }

    private void training(TrainingReport report) {
        heading("Training");
        line("frozen layers", report.mode());
        line("answers checked", report.verification());
        line("optimizer steps", "%,d", report.optimizerSteps());
        if (report.heldOutLossBefore() != null) {
            line("held-out loss before", "%.4f", report.heldOutLossBefore());
        }
        if (report.heldOutLossAfter() != null) {
            line("held-out loss after", "%.4f%s", report.heldOutLossAfter(), change(report));
        }
        if (report.maxRelativeLossDifference() != null) {
            line("difference to clear", "%.4f %% at most", 100 * report.maxRelativeLossDifference());
        }
        line("adapter", report.adapterPath());
    }

    private static String change(TrainingReport report) {
        if (report.heldOutLossBefore() == null) {
            return "";
        }
        double change = report.heldOutLossAfter() / report.heldOutLossBefore() - 1;
        return String.format(Locale.ROOT, " (%+.1f %%)", 100 * change);
    }

    private void traffic(TrainingReport report) {
        heading("Speed, traffic and utilisation");
        line("tokens per second", "%,.1f", report.tokensPerSecond());
        line("bytes up per token", "%,.0f", report.bytesUpPerToken());
        line("bytes down per token", "%,.0f", report.bytesDownPerToken());
        Utilisation use = report.utilisation();
        if (use != null) {
            line("client's cores busy", "%.1f %%", 100 * use.clientCpuShare());
            line("waiting for the provider", "%.1f %% of the time", 100 * use.waitingShare());
            line("most bytes in flight", "%,d", use.peakBytesInFlight());
        }
        if (report.hints() != null) {
            line("hints on disk", ByteCount.text(report.hints().keptBytes()));
            line("hints streamed", ByteCount.text(report.hints().streamedBytes()));
        }
        if (report.evaluations() != null) {
            line(
                    "evaluations besides",
                    "%s up, %s down, %s of hints streamed",
                    ByteCount.text(report.evaluations().bytesUp()),
                    ByteCount.text(report.evaluations().bytesDown()),
                    ByteCount.text(report.evaluations().streamedHintBytes()));
        }
    }

    private void time(Map<String, Double> secondsByPart) {
        double total =
                secondsByPart.values().stream().mapToDouble(Double::doubleValue).sum();
        if (total > 0) {
            heading("Where the training thread's time went");
            secondsByPart.forEach(
                    (part, seconds) -> line(words(part), "%,8.1f s  %5.1f %%", seconds, 100 * seconds / total));
        }
    }

    private void sample(TrainingReport.Sample sample) {
        heading("A prompt, answered before and after");
        text("prompt", sample.prompt());
        text("before", sample.answerBefore());
        text("after", sample.answerAfter());
    }

    private void heading(String title) {
        if (!lines.isEmpty()) {
            lines.add("");
        }
        lines.add(colours ? BOLD + title + PLAIN : title);
    }

    private void line(String label, String format, Object... values) {
        String value = values.length == 0 ? format : String.format(Locale.ROOT, format, values);
        lines.add("  " + label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length())) + value);
    }

    private void text(String label, String content) {
        lines.add("  " + label);
        // A model's answer is untrusted text: no terminal escapes from it.
        content.strip().lines().forEach(line -> lines.add("    | " + line.replaceAll("\\p{Cntrl}", " ")));
    }

    /** {@code brokerAndStores} → {@code broker and stores}. */
    static String words(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    }
}
