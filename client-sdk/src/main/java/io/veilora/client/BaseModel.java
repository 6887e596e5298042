package io.veilora.client;

import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.SimulatedLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.transport.StepTransport;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A base model as the data owner uses it: tokenizer, embedding and norms here, the linear layers in one of three modes.
 *
 * <ul>
 *   <li>{@link #encrypted}: at a provider, under encryption;
 *   <li>{@link #clear}: here, in float32, from a model folder: the baseline;
 *   <li>{@link #simulated}: here, with the errors of the encrypted mode.
 * </ul>
 */
public final class BaseModel implements AutoCloseable {
    private final String name;
    private final String digest;
    private final LlamaConfig config;
    private final ClientWeights weights;
    private final Tokenizer tokenizer;
    private final Function<LayerId, FrozenLinear> layers;

    private BaseModel(
            String name,
            String digest,
            LlamaConfig config,
            ClientWeights weights,
            Tokenizer tokenizer,
            Function<LayerId, FrozenLinear> layers) {
        this.name = name;
        this.digest = digest;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.layers = layers;
    }

    /** A model at a provider; {@code bundle} must stay open as long as this model is used. */
    public static BaseModel encrypted(ModelBundle bundle, StepTransport transport) throws IOException {
        ModelManifest manifest = bundle.manifest();
        LlamaConfig config = manifest.config();
        Path folder = bundle.file(ModelManifest.TOKENIZER).getParent();
        return new BaseModel(
                manifest.model(),
                manifest.modelDigest(),
                config,
                ClientWeights.read(config, bundle.tensors()::require),
                Tokenizer.open(folder, config.vocabularySize()),
                new EncryptedLayers(manifest, bundle, transport));
    }

    /** A model folder as Hugging Face writes it, computed here in float32. */
    public static BaseModel clear(HuggingFaceFolder folder) throws IOException {
        return local(
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
        return local(folder, (layer, config) -> {
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

    private static BaseModel local(HuggingFaceFolder folder, LocalLayer maker) throws IOException {
        LlamaConfig config = folder.config();
        Map<LayerId, FrozenLinear> layers = new HashMap<>();
        for (LayerId layer : LayerId.all(config)) {
            layers.put(layer, maker.make(layer, config));
        }
        return new BaseModel(
                folder.folder().toString(),
                Sha256.hex(folder.folder().resolve(HuggingFaceFolder.WEIGHTS)),
                config,
                ClientWeights.read(config, folder.tensors()::require),
                Tokenizer.open(folder.folder(), config.vocabularySize()),
                layers::get);
    }

    /** The provider's name of the model, or the folder's path. */
    public String name() {
        return name;
    }

    /** Digest of the weights: what a run folder is bound to. */
    public String digest() {
        return digest;
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

    @Override
    public void close() {
        tokenizer.close();
    }
}
