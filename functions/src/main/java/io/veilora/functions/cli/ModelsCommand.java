package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import io.veilora.functions.model.FileModelStore;
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
    private DataOption data;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        List<ModelSummary> models = new FileModelStore(data.models())
                .list().stream().map(ModelSummary::of).toList();
        if (models.isEmpty()) {
            out.println("no models in " + data.models() + "; 'veilora import MODEL_FOLDER --name NAME' adds one");
        } else {
            ModelTable.print(out, models);
        }
        return 0;
    }
}
