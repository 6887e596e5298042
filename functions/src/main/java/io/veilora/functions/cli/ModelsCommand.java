package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.problem.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code models}: what has been imported. */
@Command(
        name = "models",
        description = "List the imported models.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "size = weights (stay here) + hints and client files (what a client downloads, once).",
            "",
            "Examples:",
            "  veilora models",
            "  veilora models --data /var/lib/veilora"
        })
final class ModelsCommand implements Callable<Integer> {
    @Mixin
    private StoreOption where;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (StoreOption.Models open = where.open()) {
            ModelStore store = open.store();
            List<ModelSummary> models =
                    store.list().stream().map(ModelSummary::of).toList();
            if (models.isEmpty()) {
                out.println("no models in " + open.place() + "; 'veilora import MODEL_FOLDER --name NAME' adds one");
            } else {
                ModelTable.print(out, models);
            }
            for (Problem problem : store.unusable()) {
                ProblemPrinter.print(problem, spec.commandLine().getErr());
            }
        }
        return 0;
    }
}
