package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which base model, where, and how its linear layers are computed. */
final class ModelOptions {
    /** How the frozen layers are computed. */
    enum Mode {
        ENCRYPTED,
        SIMULATED,
        CLEAR
    }

    @Option(
            names = "--provider",
            paramLabel = "URL",
            defaultValue = "${VEILORA_PROVIDER:-http://127.0.0.1:8080}",
            description = "the provider (default: $VEILORA_PROVIDER or http://127.0.0.1:8080)")
    private URI provider;

    @Option(names = "--model", paramLabel = "NAME", description = "the model's name at the provider")
    private String model;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            defaultValue = "${VEILORA_API_KEY_FILE:-.veilora/provider/api-key}",
            description =
                    "file with the API key, unless $VEILORA_API_KEY holds it (default: .veilora/provider/api-key)")
    private Path apiKeyFile;

    @Option(
            names = "--patience",
            paramLabel = "MINUTES",
            defaultValue = "15",
            description = "how long to wait for a provider that is away (default: ${DEFAULT-VALUE})")
    private int patienceMinutes;

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            defaultValue = ".veilora/cache",
            description = "where downloaded hints and embeddings are kept (default: ${DEFAULT-VALUE})")
    private Path cache;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "encrypted",
            description = "encrypted (at the provider), simulated or clear (both here, with --model-folder)")
    private Mode mode;

    @Option(
            names = "--model-folder",
            paramLabel = "DIR",
            description = "Hugging Face folder of the model, for --mode clear and simulated")
    private Path modelFolder;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    Mode mode() {
        return mode;
    }

    /** An open model; close it after use. */
    OpenModel open() throws IOException {
        if (mode == Mode.ENCRYPTED) {
            if (model == null) {
                throw new ParameterException(spec.commandLine(), "--model: got nothing, expected a model's name");
            }
            return openEncrypted(provider, apiKey(), model, cache, Duration.ofMinutes(patienceMinutes));
        }
        if (modelFolder == null) {
            throw new ParameterException(
                    spec.commandLine(), "--model-folder: got nothing, expected a folder with --mode " + mode);
        }
        HuggingFaceFolder folder = HuggingFaceFolder.open(modelFolder);
        return new OpenModel(
                mode == Mode.CLEAR
                        ? BaseModel.clear(folder)
                        : BaseModel.simulated(folder, LatticeParameters.MLWE_256x5, 1),
                folder);
    }

    /** The shapes and the tokenizer only: from {@code --model-folder}, else the provider's bundle. */
    ModelShape shape() throws IOException {
        if (modelFolder == null) {
            OpenModel open = open();
            return new ModelShape(open.base().config(), open.base().tokenizer(), open);
        }
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(modelFolder)) {
            LlamaConfig config = folder.config();
            Tokenizer tokenizer = Tokenizer.open(modelFolder, config.vocabularySize());
            return new ModelShape(config, tokenizer, tokenizer);
        }
    }

    /** Connects to a provider and fetches what is not in the cache, with progress on standard error. */
    static OpenModel openEncrypted(URI provider, String apiKey, String model, Path cache, Duration patience)
            throws IOException {
        ProviderConnection connection =
                new ProviderConnection(provider, apiKey, patience, new ConnectionLine(provider));
        ModelDownload download = new ModelDownload(connection, cache);
        ModelManifest manifest = download.manifest(model);
        ModelBundle bundle;
        try (Bar bar = Bar.ofBytes("download", ModelDownload.bytes(manifest))) {
            bundle = download.open(manifest, (bytes, total) -> bar.to(bytes));
        }
        BaseModel base = BaseModel.encrypted(bundle, new HttpStepTransport(connection, model));
        return new OpenModel(base, bundle, connection);
    }

    private String apiKey() throws IOException {
        String key = System.getenv("VEILORA_API_KEY");
        if (key != null) {
            return key.strip();
        }
        return readApiKey(apiKeyFile);
    }

    static String readApiKey(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new PermanentException(Problem.of(ProblemCode.UNAUTHORIZED)
                    .detail("%s: got no readable file, expected one with the API key", file)
                    .remedy("give the file with --api-key-file, or set VEILORA_API_KEY"));
        }
        return Files.readString(file).strip();
    }
}
