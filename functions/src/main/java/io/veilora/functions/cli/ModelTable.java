package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import io.veilora.protocol.text.ByteCount;
import java.io.PrintWriter;
import java.util.List;

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
                    ByteCount.text(model.weightBytes() + model.hintBytes() + model.clientBytes()),
                    ByteCount.text(model.weightBytes()),
                    ByteCount.text(model.hintBytes()),
                    ByteCount.text(model.clientBytes()),
                    model.parameters(),
                    model.epoch(),
                    model.modelDigest().substring(0, 12));
        }
        out.flush();
    }
}
