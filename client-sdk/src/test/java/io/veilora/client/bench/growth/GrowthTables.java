package io.veilora.client.bench.growth;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The page's tables in Markdown, by name. */
record GrowthTables(Map<String, Growth> models, Measured measured, JsonNode assumptions) {
    private static final String[] PREFIXES = {"", " k", " M", " G", " T", " P", " E"};

    Map<String, String> all() {
        Map<String, String> tables = new LinkedHashMap<>();
        tables.put("measured", measuredTable());
        tables.put("assumed", assumedTable());
        tables.put("million tokens", byModel("a million tokens | computed as", Growth::millionTokens));
        tables.put("once", byModel("once a model | computed as", Growth::once));
        tables.put("limits", byModel("tokens/s that it allows", Growth::limits) + "\n" + first());
        tables.put("consequences", byModel("what follows", Growth::consequences));
        return tables;
    }

    private String measuredTable() {
        List<String> lines = new ArrayList<>(List.of("| measured | | unit | source |", "|---|---|---|---|"));
        for (Measured.Row row : measured.rows()) {
            lines.add(line(row.what(), number(row.value()), row.unit(), row.source()));
        }
        return String.join("\n", lines);
    }

    private String assumedTable() {
        List<String> lines =
                new ArrayList<>(List.of("| published or assumed | | unit | source |", "|---|---|---|---|"));
        assumptions
                .properties()
                .forEach(entry -> lines.add(line(
                        entry.getKey(),
                        number(entry.getValue().path("value").asDouble()),
                        entry.getValue().path("unit").asText(),
                        entry.getValue().path("source").asText())));
        return String.join("\n", lines);
    }

    private String byModel(String head, Function<Growth, Map<String, Double>> column) {
        List<String> lines = new ArrayList<>();
        lines.add("| " + head + " | " + String.join(" | ", models.keySet()) + " |");
        lines.add("|" + "---|".repeat(head.split("\\|").length + models.size()));
        for (String row : column.apply(models.values().iterator().next()).keySet()) {
            String values = models.values().stream()
                    .map(model -> number(column.apply(model).get(row)))
                    .collect(Collectors.joining(" | "));
            lines.add("| " + row + " | " + values + " |");
        }
        return String.join("\n", lines);
    }

    private String first() {
        String names = models.values().stream()
                .map(model -> model.limits().entrySet().stream()
                        .min(Map.Entry.comparingByValue())
                        .orElseThrow()
                        .getKey())
                .collect(Collectors.joining("** | **"));
        return "| **saturates first** | **" + names + "** |";
    }

    private static String line(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /** Three digits with a decimal prefix, as in {@code 14.2 T}. */
    static String number(double value) {
        int prefix = 0;
        double scaled = value;
        while (Math.abs(scaled) >= 999.5 && prefix < PREFIXES.length - 1) {
            scaled /= 1000;
            prefix++;
        }
        int whole = scaled == 0 ? 0 : (int) Math.floor(Math.log10(Math.abs(scaled)));
        String digits = String.format(Locale.ROOT, "%." + Math.max(0, 2 - whole) + "f", scaled);
        return (digits.contains(".") ? digits.replaceAll("\\.?0+$", "") : digits) + PREFIXES[prefix];
    }
}
