package io.veilora.client;

import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.SimulatedLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.TrainedOn;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.StepTransport;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.problem.PermanentException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A base model as the data owner uses it: tokenizer, embedding and norms here, the linear layers in one of three modes.
 *
 * <ul>
 *   <li>{@link #connect}: at a provider, under encryption;
 *   <li>{@link #clear}: here, in float32, from a model folder: the baseline;
 *   <li>{@link #simulated}: here, with the errors of the encrypted mode.
 * </ul>
 */
public final class BaseModel implements AutoCloseable {
    private final String mode;
    private final ModelIdentity identity;
    private final LlamaConfig config;
    private final ClientWeights weights;
    private final Tokenizer tokenizer;
    private final Function<LayerId, FrozenLinear> layers;
    private ModelSource source;
    private Resources resources;

    private BaseModel(
            String mode,
            ModelIdentity identity,
            LlamaConfig config,
            ClientWeights weights,
            Tokenizer tokenizer,
            Function<LayerId, FrozenLinear> layers) {
        this.mode = mode;
        this.identity = identity;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.layers = layers;
        this.resources = Resources.of(tokenizer);
    }

    /**
     * Connects to a provider and downloads what is not in the cache {@code .veilora/cache}: manifest, tokenizer,
     * embeddings, norms and hints, every digest checked. No data is sent.
     *
     * @param provider base URL, for example {@code http://127.0.0.1:8080}
     * @param model its name at the provider
     * @throws io.veilora.protocol.problem.VeiloraException UNAUTHORIZED, UNKNOWN_MODEL, DISK_FULL, CORRUPT_MODEL, or
     *     UNAVAILABLE when the provider stays away for a quarter of an hour
     */
    public static BaseModel connect(URI provider, String apiKey, String model) throws IOException {
        return connect(
                ModelSource.Provider.of(provider, model), apiKey, ConnectionListener.SILENT, (bytes, total) -> {});
    }

    /**
     * The same with other limits and with progress.
     *
     * @param listener told when the provider is away and when it is back
     * @param progress told how much is downloaded
     */
    public static BaseModel connect(
            ModelSource.Provider source, String apiKey, ConnectionListener listener, ModelDownload.Progress progress)
            throws IOException {
        ProviderConnection connection = new ProviderConnection(source.endpoint(apiKey), source.patience(), listener);
        ModelBundle bundle = null;
        try {
            ModelDownload download = new ModelDownload(connection, source.cache());
            ModelManifest manifest = download.manifest(source.model());
            bundle = download.open(manifest, download.plan(manifest, source.hintQuota()), progress);
            return encrypted(bundle, new HttpStepTransport(connection, manifest))
                    .from(source, bundle, connection);
        } catch (IOException | RuntimeException e) {
            Resources.of(bundle, connection).closeAfter(e);
            throw e;
        }
    }

    /**
     * A model in a folder here.
     *
     * @throws IllegalArgumentException for a {@link ModelSource.Provider}, which needs an API key: {@link #connect}
     */
    public static BaseModel open(ModelSource source) throws IOException {
        return switch (source) {
            case ModelSource.Provider provider ->
                throw new IllegalArgumentException("model: got a provider, expected a folder");
            case ModelSource.Clear(Path path) -> open(source, path, BaseModel::clear);
            case ModelSource.Simulated(Path path, long seed) ->
                open(source, path, folder -> simulated(folder, LatticeParameters.MLWE_256x5, seed));
        };
    }

    private interface FolderReader {
        BaseModel read(HuggingFaceFolder folder) throws IOException;
    }

    private static BaseModel open(ModelSource source, Path path, FolderReader reader) throws IOException {
        HuggingFaceFolder folder = HuggingFaceFolder.open(path);
        try {
            return reader.read(folder).from(source, folder);
        } catch (IOException | RuntimeException e) {
            Resources.of(folder).closeAfter(e);
            throw e;
        }
    }

    /** @param opened what to close with this model */
    private BaseModel from(ModelSource origin, AutoCloseable... opened) {
        this.source = origin;
        this.resources = resources.and(opened);
        return this;
    }

    /** A model at a provider; {@code bundle} must stay open as long as this model is used. */
    public static BaseModel encrypted(ModelBundle bundle, StepTransport transport) throws IOException {
        ModelManifest manifest = bundle.manifest();
        LlamaConfig config = manifest.config();
        Path folder = bundle.file(ModelManifest.TOKENIZER).getParent();
        ClientWeights weights = ClientWeights.read(config, bundle.tensors());
        EncryptedLayers layers = new EncryptedLayers(manifest, bundle, transport);
        // Last, for it holds native memory, and whatever fails after it would have to close it.
        Tokenizer tokenizer = Tokenizer.open(folder, config.vocabularySize());
        return new BaseModel("encrypted", ModelIdentity.of(manifest), config, weights, tokenizer, layers);
    }

    /** A model folder as Hugging Face writes it, computed here in float32. */
    public static BaseModel clear(HuggingFaceFolder folder) throws IOException {
        return local(
                "clear",
                folder,
                (layer, config) -> new ClearLinear(
                        folder.linear(layer),
                        layer.kind().outputFeatures(config),
                        layer.kind().inputFeatures(config)));
    }

    /** As {@link #clear}, with int8 weights and the errors of encryption; {@code seed} makes them repeatable. */
    public static BaseModel simulated(HuggingFaceFolder folder, LatticeParameters parameters, long seed)
            throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        return local("simulated", folder, (layer, config) -> {
            QuantizedWeights quantized = QuantizedWeights.quantize(
                    folder.linear(layer),
                    layer.kind().outputFeatures(config),
                    layer.kind().inputFeatures(config));
            return new SimulatedLinear(parameters, layer.toString(), quantized, random.split());
        });
    }

    private interface LocalLayer {
        FrozenLinear make(LayerId layer, LlamaConfig config);
    }

    private static BaseModel local(String mode, HuggingFaceFolder folder, LocalLayer maker) throws IOException {
        LlamaConfig config = folder.config();
        Map<LayerId, FrozenLinear> layers = new HashMap<>();
        for (LayerId layer : LayerId.all(config)) {
            layers.put(layer, maker.make(layer, config));
        }
        return new BaseModel(
                mode,
                ModelIdentity.of(folder),
                config,
                ClientWeights.read(config, folder.tensors()),
                Tokenizer.open(folder.folder(), config.vocabularySize()),
                layers::get);
    }

    /** The provider's name of the model, or the folder's path. */
    public String name() {
        return identity.name();
    }

    /**
     * The model as the adapters that are trained on it name it. Its digest is the one of the provider's manifest; for a
     * folder, the one that its import would have.
     *
     * @throws IOException if the folder cannot be read
     */
    public TrainedOn trainedOn() throws IOException {
        return identity.trainedOn();
    }

    /**
     * Digest of what is computed here: embedding, norms and biases, and {@code ρ} of every layer; of a folder, all tensors.
     * With {@link #trainedOn} it covers everything that a run's losses follow from on the model's side.
     */
    String clientDigest() throws IOException {
        return identity.clientDigest();
    }

    /**
     * Reads an adapter for this model. An adapter that we wrote says with a digest what it was trained on; PEFT's own do
     * not, and then the shapes have to fit and another name is worth a warning.
     *
     * @param folder of the adapter in PEFT's format
     * @param unsure told when only the name could tell, and it is another one
     * @throws PermanentException INVALID_INPUT naming the file: for an adapter of another base model, and as
     *     {@link PeftFiles#read}
     */
    public Adapter readAdapter(Path folder, Consumer<TrainingEvent.OtherBaseModelName> unsure) throws IOException {
        TrainedOn stated = PeftFiles.readTrainedOn(folder);
        if (stated.digest() != null) {
            identity.requireSame(stated, folder.resolve(PeftFiles.WEIGHTS));
        }
        Adapter adapter = PeftFiles.read(folder, config);
        boolean named = !stated.name().isEmpty();
        if (stated.digest() == null && named && !stated.name().equals(name())) {
            unsure.accept(
                    new TrainingEvent.OtherBaseModelName(folder.resolve(PeftFiles.CONFIG), stated.name(), name()));
        }
        return adapter;
    }

    /** Where it was opened from; empty for one that was put together from parts. */
    public Optional<ModelSource> source() {
        return Optional.ofNullable(source);
    }

    /** How its linear layers are computed: {@code encrypted}, {@code simulated} or {@code clear}. */
    public String mode() {
        return mode;
    }

    public LlamaConfig config() {
        return config;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The model with an adapter, ready to train or to answer. */
    public LlamaModel with(Adapter adapter) {
        return new LlamaModel(config, weights, layers, adapter);
    }

    /** What encrypted steps cost up to now; all zero in the other modes. */
    public StepCosts.Totals costs() {
        return layers instanceof EncryptedLayers encrypted ? encrypted.costs().totals() : StepCosts.Totals.NONE;
    }

    /** Bytes of hints on this machine's disk, downloaded once; 0 in the other modes. */
    public long keptHintBytes() {
        return layers instanceof EncryptedLayers encrypted ? encrypted.keptHintBytes() : 0;
    }

    /** Closes everything that was opened for it, even if closing one part fails. */
    @Override
    public void close() throws IOException {
        resources.close();
    }
}
