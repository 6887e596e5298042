package io.veilora.functions.cli;

import io.veilora.functions.gateway.ModelSummary;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ImportedModel;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.SyntheticModel;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
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
            "The folder is of a Llama, Mistral, Qwen2 or Qwen3 model: config.json, tokenizer.json and model.safetensors (or",
            "its shards with their index). Another family is refused, with a list of what is supported.",
            "Importing an unchanged model again does nothing; the same command goes on with an interrupted import.",
            "Needs the disk space that it says when there is too little, and 1 GB of memory beside the largest layer.",
            "",
            "Examples:",
            "  veilora import ./Llama-3.2-1B --name llama-1b",
            "  veilora import ./Llama-3.2-1B --name llama-1b-long --parameters MLWE_256x6",
            "  veilora import ./Llama-3.2-1B --name llama-1b --epoch 2 --replace",
            "  veilora import ./Llama-3.2-1B --name llama-1b --store s3",
            "  veilora import --synthetic llama-3.2-1b --name speed"
        })
final class ImportCommand implements Callable<Integer> {
    /** Where the weights come from: a folder, or nowhere. */
    private static final class Origin {
        @Parameters(index = "0", paramLabel = "MODEL_FOLDER", description = "Hugging Face model folder")
        private Path folder;

        @Option(
                names = "--synthetic",
                paramLabel = "GEOMETRY",
                description = "seeded random weights in the shapes of a real model, for benchmarks: llama-3.2-1b,"
                        + " llama-3.2-3b, llama-3.1-8b or tiny")
        private String geometry;
    }

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Origin origin;

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
    private StoreOption where;

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
                StoreOption.Models models = where.open();
                ProgressLine line = new ProgressLine(spec.commandLine().getErr())) {
            line.note("engine: " + choice.reason());
            if (origin.folder != null) {
                line.note("reading " + origin.folder + " to see whether it is known");
            }
            ImportedModel imported = run(new ModelImporter(models.store(), engine), line::show);
            line.close();
            out.println(
                    imported.unchanged()
                            ? "'" + name + "' is there already, unchanged"
                            : "imported '" + name + "' into " + models.place() + "/" + name);
            ModelTable.print(out, List.of(ModelSummary.of(imported.manifest())));
        }
        return 0;
    }

    private ImportedModel run(ModelImporter importer, ImportProgress progress) throws IOException {
        if (origin.folder != null) {
            return importer.run(new ImportRequest(origin.folder, name, parameters, epoch, replace), progress);
        }
        Path folder = Files.createTempDirectory("veilora-synthetic");
        try (HuggingFaceFolder source = SyntheticModel.open(origin.geometry, SyntheticModel.BENCHMARK_SEED, folder)) {
            return importer.run(new ImportRequest(folder, name, parameters, epoch, replace), source, progress);
        } finally {
            Files.deleteIfExists(folder.resolve(HuggingFaceFolder.CONFIG));
            Files.deleteIfExists(folder.resolve(HuggingFaceFolder.TOKENIZER));
            Files.deleteIfExists(folder);
        }
    }
}
