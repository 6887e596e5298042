package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Models as a table for people. */
final class ModelTable {
    private ModelTable() {}

    static void print(PrintWriter out, List<ModelSummary> models) {
        int name = Math.max(
                4, models.stream().mapToInt(m -> m.model().length()).max().orElse(4));
        String row = "%-" + name + "s  %6s  %7s  %10s  %10s  %10s  %10s  %-10s  %5s  %s%n";
        out.printf(
                row,
                "name",
                "layers",
                "context",
                "size",
                "weights",
                "hints",
                "client",
                "parameters",
                "epoch",
                "digest");
        for (ModelSummary model : models) {
            out.printf(
                    row,
                    model.model(),
                    model.layers(),
                    model.contextLength(),
                    bytes(model.weightBytes() + model.hintBytes() + model.clientBytes()),
                    bytes(model.weightBytes()),
                    bytes(model.hintBytes()),
                    bytes(model.clientBytes()),
                    model.parameters(),
                    model.epoch(),
                    model.modelDigest().substring(0, 12));
        }
        out.flush();
    }

    static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
