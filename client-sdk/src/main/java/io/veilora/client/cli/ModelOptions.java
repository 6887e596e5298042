package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.ModelSource;
import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.lora.Adapter;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.transport.ProviderConnection;
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
import java.util.Optional;
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
            names = "--ca-file",
            paramLabel = "FILE",
            description = "certificates in PEM that vouch for the provider (default: those that Java knows)")
    private Path caFile;

    @Option(
            names = "--run-name",
            paramLabel = "NAME",
            description = "groups these steps in the provider's usage and bills (default: no name)")
    private String runName;

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
            names = "--hint-quota",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = {
                "most disk space for this model's hints, as in 500MB or 2.5GB; hints that do not fit are streamed each time"
                        + " they are used, 0 streams all (default: 80 %% of the free space)",
                "Example: --hint-quota 1GB"
            })
    private ByteSize hintQuota;

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

    /** An open model; close it after use. */
    BaseModel open() throws IOException {
        return open(source());
    }

    private ModelSource source() {
        if (mode == Mode.ENCRYPTED) {
            if (model == null) {
                throw new ParameterException(spec.commandLine(), "--model: got nothing, expected a model's name");
            }
            return new ModelSource.Provider(
                    provider, model, cache, hintQuotaBytes(), patienceMinutes, apiKeyFile, caFile, runName);
        }
        if (modelFolder == null) {
            throw new ParameterException(
                    spec.commandLine(), "--model-folder: got nothing, expected a folder with --mode " + mode);
        }
        return mode == Mode.CLEAR ? new ModelSource.Clear(modelFolder) : new ModelSource.Simulated(modelFolder, 1);
    }

    /** The model of an earlier run; for a provider, options given now replace the saved ones. */
    BaseModel reopen(ModelSource saved) throws IOException {
        if (!(saved instanceof ModelSource.Provider before)) {
            return open(saved);
        }
        return open(new ModelSource.Provider(
                isGiven("--provider") ? provider : before.provider(),
                before.model(),
                isGiven("--cache") ? cache : before.cache(),
                isGiven("--hint-quota") ? hintQuotaBytes() : before.hintQuotaBytes(),
                isGiven("--patience") ? patienceMinutes : before.patienceMinutes(),
                isGiven("--api-key-file") || before.apiKeyFile() == null ? apiKeyFile : before.apiKeyFile(),
                isGiven("--ca-file") ? caFile : before.caFile(),
                isGiven("--run-name") ? runName : before.runName()));
    }

    private Long hintQuotaBytes() {
        return hintQuota == null ? null : Long.valueOf(hintQuota.bytes());
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** Opens it, with progress on standard error when something must be downloaded. */
    private BaseModel open(ModelSource source) throws IOException {
        return source instanceof ModelSource.Provider remote
                ? connect(remote, apiKey(remote.apiKeyFile()))
                : BaseModel.open(source);
    }

    /** The adapter in {@code folder} for this model, or none for null; says on standard error if it may be another model's. */
    Adapter adapter(Path folder, BaseModel base) throws IOException {
        return folder == null
                ? Adapter.none()
                : base.readAdapter(folder, other -> {
                    spec.commandLine().getErr().println(other.words());
                    spec.commandLine().getErr().flush();
                });
    }

    /** The provider, unless everything is computed here. */
    Optional<ModelSource.Provider> remote() {
        return modelFolder == null && source() instanceof ModelSource.Provider provider
                ? Optional.of(provider)
                : Optional.empty();
    }

    /** The shapes and the tokenizer only: from {@code --model-folder}, else from the provider, without hints. */
    ModelShape shape() throws IOException {
        Optional<ModelSource.Provider> remote = remote();
        if (remote.isPresent()) {
            return shape(remote.get());
        }
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(modelFolder)) {
            LlamaConfig config = folder.config();
            Tokenizer tokenizer = Tokenizer.open(modelFolder, config.vocabularySize());
            return new ModelShape(config, tokenizer, tokenizer);
        }
    }

    /** Says what a run would download, and downloads all but the hints. */
    private static ModelShape shape(ModelSource.Provider source) throws IOException {
        try (ProviderConnection connection = new ProviderConnection(
                source.endpoint(apiKey(source.apiKeyFile())),
                source.patience(),
                new ConnectionLine(source.provider()))) {
            ModelDownload download = new ModelDownload(connection, source.cache());
            ModelManifest manifest = download.manifest(source.model());
            HintPlanText.lines(manifest, download.plan(manifest, source.hintQuota()))
                    .forEach(System.err::println);
            try (DownloadProgress progress = new DownloadProgress(false);
                    ModelBundle bundle = download.open(manifest, download.planWithoutHints(manifest), progress)) {
                Path folder = bundle.file(ModelManifest.TOKENIZER).getParent();
                Tokenizer tokenizer = Tokenizer.open(folder, manifest.config().vocabularySize());
                return new ModelShape(manifest.config(), tokenizer, tokenizer);
            }
        }
    }

    /** Connects to a provider and fetches what is not in the cache, with progress on standard error. */
    static BaseModel connect(ModelSource.Provider source, String apiKey) throws IOException {
        try (DownloadProgress progress = new DownloadProgress(true)) {
            return BaseModel.connect(source, apiKey, new ConnectionLine(source.provider()), progress);
        }
    }

    static String apiKey(Path file) throws IOException {
        String key = System.getenv("VEILORA_API_KEY");
        return key == null ? readApiKey(file) : key.strip();
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
