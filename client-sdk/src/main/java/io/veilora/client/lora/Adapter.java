package io.veilora.client.lora;

import io.veilora.client.optim.GradientClipping;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The LoRA matrices of a model, in the order of a forward pass: by block, then q, k, v, o, gate, up, down. Values and
 * gradients are live arrays; the optimizer changes them in place.
 */
public final class Adapter {
    private final Map<Site, LoraMatrices> matrices;
    private final Dropout dropout;

    /** Where a branch sits. */
    public record Site(int block, Projection projection) {
        /** PEFT's name of the module. */
        public String module() {
            return "base_model.model.model.layers." + block + "." + projection.module();
        }
    }

    private Adapter(Map<Site, LoraMatrices> matrices, Dropout dropout) {
        this.matrices = Collections.unmodifiableMap(matrices);
        this.dropout = dropout;
    }

    /** An adapter without a branch: the base model. */
    public static Adapter none() {
        return new Adapter(new LinkedHashMap<>(), new Dropout(0));
    }

    /**
     * A fresh adapter, initialised as PEFT does: loraA uniform in ±1/√d_in (Kaiming with a = √5), loraB zero, so that
     * training starts from the base model. The same seed gives the same values.
     */
    public static Adapter initialize(LoraConfig config, LlamaConfig model) {
        SplittableRandom random = new SplittableRandom(config.seed());
        Map<Site, LoraMatrices> matrices = new LinkedHashMap<>();
        for (int block = 0; block < model.blocks(); block++) {
            for (Projection projection : config.targets()) {
                int inputs = projection.inputFeatures(model);
                LoraMatrices fresh =
                        LoraMatrices.zeros(config.rank(), inputs, projection.outputFeatures(model), config.scaling());
                float[] loraA = fresh.loraA().values();
                double bound = 1 / Math.sqrt(inputs);
                for (int i = 0; i < loraA.length; i++) {
                    loraA[i] = (float) ((2 * random.nextDouble() - 1) * bound);
                }
                matrices.put(new Site(block, projection), fresh);
            }
        }
        return new Adapter(matrices, new Dropout(config.dropout()));
    }

    /** All branches, in order. */
    public Map<Site, LoraMatrices> matrices() {
        return matrices;
    }

    /** The branch at a projection, or null when it has none. */
    public LoraMatrices at(int block, Projection projection) {
        return matrices.get(new Site(block, projection));
    }

    /** What training passes drop of the branches' inputs. */
    public Dropout dropout() {
        return dropout;
    }

    /** Whether there is no branch at all. */
    public boolean isEmpty() {
        return matrices.isEmpty();
    }

    /** Every tensor to train, under PEFT's name for it ({@code ….q_proj.lora_A.weight}). */
    public List<TrainedTensor> parameters() {
        List<TrainedTensor> tensors = new ArrayList<>();
        matrices.forEach((site, lora) -> {
            tensors.add(new TrainedTensor(
                    site.module() + ".lora_A.weight",
                    lora.loraA().rows(),
                    lora.loraA().columns(),
                    lora.loraA().values(),
                    lora.gradA().values()));
            tensors.add(new TrainedTensor(
                    site.module() + ".lora_B.weight",
                    lora.loraB().rows(),
                    lora.loraB().columns(),
                    lora.loraB().values(),
                    lora.gradB().values()));
        });
        return tensors;
    }

    public void zeroGradients() {
        for (TrainedTensor tensor : parameters()) {
            Arrays.fill(tensor.gradient(), 0f);
        }
    }

    /** Multiplies every gradient by {@code factor}. */
    public void scaleGradients(double factor) {
        for (TrainedTensor tensor : parameters()) {
            float[] gradient = tensor.gradient();
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= (float) factor;
            }
        }
    }

    /** ‖gradient‖₂ over all tensors together. */
    public double gradientNorm() {
        return GradientClipping.norm(parameters());
    }
}
