package io.veilora.client.bench;

import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.train.TrainingMemory;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.SyntheticModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Optimizer steps of a synthetic model of full size, under encryption at a provider, or in clear in this process. */
public final class StepBench {
    private StepBench() {}

    /** What is run: a sequence of so many tokens, so many optimizer steps. */
    public record Load(int tokens, int steps) {}

    /** The heap in which a client runs {@link #encrypted}. */
    public static long encryptedHeap(LlamaConfig config, int tokens) {
        return TrainingMemory.of(config, OneStep.LORA, tokens).encryptedHeap();
    }

    /**
     * Every linear layer at the provider.
     *
     * @param provider its process on this machine
     * @param cache where the client keeps embedding and hints
     */
    public static List<StepResult> encrypted(
            ProviderConnection connection, long provider, String model, Path cache, Load load) throws IOException {
        ModelDownload download = new ModelDownload(connection, cache);
        ModelManifest manifest = download.manifest(model);
        try (ModelBundle bundle = download.open(manifest, (bytes, total) -> {})) {
            EncryptedLayers layers = new EncryptedLayers(manifest, bundle, new HttpStepTransport(connection, manifest));
            OneStep step = new OneStep(
                    manifest.config(),
                    ClientWeights.read(manifest.config(), bundle.tensors()),
                    layers,
                    () -> layers.costs().totals(),
                    new Processes(provider));
            return run(step, load);
        }
    }

    /**
     * The same in float32 in this process, with all weights in memory.
     *
     * @param folder for the synthetic model's configuration
     */
    public static List<StepResult> clear(String geometry, Path folder, Load load) throws IOException {
        try (HuggingFaceFolder source = SyntheticModel.open(geometry, SyntheticModel.BENCHMARK_SEED, folder)) {
            LlamaConfig config = source.config();
            Map<LayerId, FrozenLinear> layers = new HashMap<>();
            for (LayerId layer : LayerId.all(config)) {
                layers.put(
                        layer,
                        new ClearLinear(
                                source.linear(layer),
                                layer.kind().outputFeatures(config),
                                layer.kind().inputFeatures(config)));
            }
            OneStep step = new OneStep(
                    config,
                    ClientWeights.read(config, source.tensors()),
                    layers::get,
                    () -> StepCosts.Totals.NONE,
                    new Processes(0));
            return run(step, load);
        }
    }

    private static List<StepResult> run(OneStep step, Load load) {
        List<StepResult> results = new ArrayList<>();
        for (int i = 0; i < load.steps(); i++) {
            results.add(step.run(load.tokens()));
        }
        return results;
    }
}
