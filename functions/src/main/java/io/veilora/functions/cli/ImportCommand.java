package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ImportedModel;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code import}: from a Hugging Face folder to int8 weights and hints. */
@Command(
        name = "import",
        description = "Import a model: quantize its layers to int8 and compute its hints.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The folder holds config.json, tokenizer.json and model.safetensors (or its shards with their index).",
            "Importing an unchanged model again does nothing; the same command goes on with an interrupted import.",
            "Takes about three times the model's int8 size on disk, and some 300 MB of memory beside the largest layer.",
            "",
            "Examples:",
            "  veilora import ./Llama-3.2-1B --name llama-1b",
            "  veilora import ./Llama-3.2-1B --name llama-1b-long --parameters MLWE_256x6",
            "  veilora import ./Llama-3.2-1B --name llama-1b --epoch 2 --replace"
        })
final class ImportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MODEL_FOLDER", description = "Hugging Face model folder")
    private Path source;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "the model's name in URLs")
    private String name;

    @Option(
            names = "--parameters",
            paramLabel = "SET",
            defaultValue = "MLWE_256x5",
            description = "lattice parameters: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private LatticeParameters parameters;

    @Option(
            names = "--epoch",
            paramLabel = "N",
            defaultValue = "1",
            description = "another epoch gives the same model another public matrix (default: ${DEFAULT-VALUE})")
    private int epoch;

    @Option(names = "--replace", description = "replace another model of this name; no client may be using it")
    private boolean replace;

    @Mixin
    private DataOption data;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (epoch < 1) {
            throw new ParameterException(spec.commandLine(), "--epoch: got " + epoch + ", expected at least 1");
        }
        PrintWriter out = spec.commandLine().getOut();
        EngineChoice choice = ModularGemms.best();
        try (ModularGemm engine = choice.engine();
                ProgressLine line = new ProgressLine(spec.commandLine().getErr())) {
            line.note("engine: " + choice.reason());
            ImportRequest request = new ImportRequest(source, name, parameters, epoch, replace);
            ImportProgress progress = line::show;
            ImportedModel imported =
                    new ModelImporter(new FileModelStore(data.models()), engine).run(request, progress);
            line.close();
            out.println(
                    imported.unchanged()
                            ? "'" + name + "' is there already, unchanged"
                            : "imported '" + name + "' into " + data.models().resolve(name));
            ModelTable.print(out, List.of(ModelSummary.of(imported.manifest())));
        }
        return 0;
    }
}
