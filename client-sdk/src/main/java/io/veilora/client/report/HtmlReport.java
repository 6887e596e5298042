package io.veilora.client.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.text.ByteCount;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A run as one HTML file that needs no network and no script: curves as inline SVG, everything else as tables. All text
 * goes through the template, which escapes it.
 *
 * @param name the run folder's
 */
record HtmlReport(String name, TrainingReport report, List<StepFinished> steps, List<Evaluated> evaluations) {
    private static final Mustache TEMPLATE =
            new DefaultMustacheFactory("io/veilora/client/report").compile("report.html.mustache");
    private static final double MEGA = 1e6;

    /** What the template shows. */
    private record Page(
            String name,
            List<Row> figures,
            List<Chart> charts,
            List<Part> parts,
            List<EvaluationRow> evaluations,
            List<Row> settings) {
        boolean evaluated() {
            return !evaluations.isEmpty();
        }
    }

    /** A name and its value. */
    private record Row(String name, String value) {}

    /** A part of the time: its place in a bar of width 100, and its row in the table. */
    private record Part(int number, String name, String seconds, String percent, String from, String width) {}

    private record EvaluationRow(String step, String loss, String perplexity, String labels) {}

    /** @param blockFill share of the encrypted blocks that holds tokens */
    String render(JsonNode config, double blockFill) {
        List<Row> settings = new ArrayList<>();
        flatten("", config, settings);
        StringWriter out = new StringWriter();
        TEMPLATE.execute(out, new Page(name, figures(blockFill), charts(), parts(), evaluationRows(), settings));
        return out.toString();
    }

    private List<Row> figures(double blockFill) {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("Optimizer steps", number("%,d", report.optimizerSteps())));
        rows.add(new Row("Frozen layers", report.mode()));
        if (report.heldOutLossBefore() != null) {
            rows.add(new Row("Held-out loss before", number("%.4f", report.heldOutLossBefore())));
            rows.add(new Row("Held-out loss now", number("%.4f", report.heldOutLossAfter())));
        }
        rows.add(new Row("Tokens per second", number("%,.1f", report.tokensPerSecond())));
        rows.add(new Row("Bytes up per token", number("%,.0f", report.bytesUpPerToken())));
        rows.add(new Row("Bytes down per token", number("%,.0f", report.bytesDownPerToken())));
        if (report.hints() != null) {
            rows.add(new Row("Hints on disk", ByteCount.text(report.hints().keptBytes())));
            rows.add(new Row("Hints streamed", ByteCount.text(report.hints().streamedBytes())));
        }
        if (report.evaluations() != null) {
            rows.add(new Row(
                    "Evaluations besides",
                    ByteCount.text(report.evaluations().bytesUp()) + " up, "
                            + ByteCount.text(report.evaluations().bytesDown()) + " down"));
        }
        rows.add(new Row("Encrypted blocks filled", number("%.1f %%", 100 * blockFill)));
        Utilisation use = report.utilisation();
        if (use != null) {
            rows.add(new Row("Client's cores busy", number("%.1f %%", 100 * use.clientCpuShare())));
            rows.add(new Row("Waiting for the provider", number("%.1f %%", 100 * use.waitingShare())));
            rows.add(new Row("Most bytes in flight", number("%,d", use.peakBytesInFlight())));
        }
        return rows;
    }

    private double seconds() {
        return report.secondsByPart().values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    private List<Chart> charts() {
        List<Chart> charts = new ArrayList<>();
        List<Chart.Series> losses = new ArrayList<>();
        if (!steps.isEmpty()) {
            losses.add(series("training", StepFinished::loss));
        }
        if (!evaluations.isEmpty()) {
            losses.add(new Chart.Series(
                    "held-out",
                    evaluations.stream()
                            .map(e -> new Chart.Point(e.step(), e.loss()))
                            .toList(),
                    true));
        }
        if (!losses.isEmpty()) {
            charts.add(Chart.of("loss", "Loss (nats per labelled token)", lossInWords(), losses, false));
        }
        if (!steps.isEmpty()) {
            charts.add(chart("rate", "Learning rate", series("learning rate", StepFinished::learningRate)));
            charts.add(chart("speed", "Tokens per second", series("tokens per second", s -> s.tokens() / s.seconds())));
        }
        if (steps.stream().anyMatch(step -> step.costs().bytesUp() > 0)) {
            charts.add(traffic());
        }
        return charts;
    }

    private String lossInWords() {
        String words = steps.isEmpty()
                ? ""
                : number(
                        "Training loss from %.4f to %.4f. ",
                        steps.getFirst().loss(), steps.getLast().loss());
        return evaluations.isEmpty()
                ? words
                : words
                        + number(
                                "Held-out loss from %.4f to %.4f.",
                                evaluations.getFirst().loss(),
                                evaluations.getLast().loss());
    }

    private Chart chart(String id, String title, Chart.Series series) {
        String words = number(
                "From %.4g to %.4g over %d optimizer steps.",
                series.points().getFirst().y(), series.points().getLast().y(), steps.size());
        return Chart.of(id, title, words, List.of(series), true);
    }

    private Chart traffic() {
        List<Chart.Point> up = new ArrayList<>();
        List<Chart.Point> down = new ArrayList<>();
        List<Chart.Point> hints = new ArrayList<>();
        StepCosts.Totals sum = StepCosts.Totals.NONE;
        for (StepFinished step : steps) {
            sum = sum.plus(step.costs());
            up.add(new Chart.Point(step.step(), sum.bytesUp() / MEGA));
            down.add(new Chart.Point(step.step(), sum.bytesDown() / MEGA));
            hints.add(new Chart.Point(step.step(), sum.streamedHintBytes() / MEGA));
        }
        String words = number("%,.1f MB up, %,.1f MB down.", sum.bytesUp() / MEGA, sum.bytesDown() / MEGA);
        List<Chart.Series> series =
                new ArrayList<>(List.of(new Chart.Series("up", up, false), new Chart.Series("down", down, false)));
        if (sum.streamedHintBytes() > 0) {
            words += number(" %,.1f MB of streamed hints.", sum.streamedHintBytes() / MEGA);
            series.add(new Chart.Series("streamed hints", hints, false));
        }
        return Chart.of("traffic", "Traffic (MB, summed up)", words, series, true);
    }

    private Chart.Series series(String label, ToDoubleFunction<StepFinished> value) {
        return new Chart.Series(
                label,
                steps.stream()
                        .map(step -> new Chart.Point(step.step(), value.applyAsDouble(step)))
                        .toList(),
                false);
    }

    private List<Part> parts() {
        double total = seconds();
        List<Part> parts = new ArrayList<>();
        double from = 0;
        for (Map.Entry<String, Double> part : report.secondsByPart().entrySet()) {
            double percent = total == 0 ? 0 : 100 * part.getValue() / total;
            parts.add(new Part(
                    parts.size() + 1,
                    ReportText.words(part.getKey()),
                    number("%,.1f", part.getValue()),
                    number("%.1f", percent),
                    number("%.2f", from),
                    number("%.2f", percent)));
            from += percent;
        }
        return parts;
    }

    private List<EvaluationRow> evaluationRows() {
        return evaluations.stream()
                .map(e -> new EvaluationRow(
                        number("%d", e.step()),
                        number("%.4f", e.loss()),
                        number("%.3f", Math.exp(e.loss())),
                        number("%,d", e.labelledTokens())))
                .toList();
    }

    /** {@code {"a": {"b": 1}}} gives the row a.b = 1. */
    private static void flatten(String path, JsonNode node, List<Row> rows) {
        if (node.isObject()) {
            node.properties().forEach(entry -> {
                String name = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
                flatten(name, entry.getValue(), rows);
            });
        } else {
            rows.add(new Row(path, node.isValueNode() ? node.asText() : node.toString()));
        }
    }

    private static String number(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
