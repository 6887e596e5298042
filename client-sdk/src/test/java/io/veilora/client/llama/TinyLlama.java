package io.veilora.client.llama;

import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A model with random weights, all of it in the open. */
public record TinyLlama(LlamaConfig config, ClientWeights weights, Map<LayerId, FrozenLinear> layers) {

    /** Two blocks, two query heads to a key head, a vocabulary of 53. */
    public static LlamaConfig smallConfig() {
        return new LlamaConfig(53, 16, 23, 2, 4, 2, 6, 1e-5, 10000, 64, false);
    }

    public static TinyLlama random(LlamaConfig config, long seed) {
        Random random = new Random(seed);
        int d = config.hiddenSize();
        EmbeddingTable embedding = EmbeddingTable.ofFloats(
                Gradients.gaussian(random, config.vocabularySize() * d, 0.3), config.vocabularySize(), d);
        ClientWeights weights = new ClientWeights(config, embedding, (name, shape) -> vector(name, shape, random));
        Map<LayerId, FrozenLinear> layers = new HashMap<>();
        for (LayerId id : LayerId.all(config)) {
            int inputs = id.kind().inputFeatures(config);
            int outputs = id.kind().outputFeatures(config);
            float[] values = Gradients.gaussian(random, inputs * outputs, 1 / Math.sqrt(inputs));
            layers.put(id, new ClearLinear(values, outputs, inputs));
        }
        return new TinyLlama(config, weights, layers);
    }

    /** Norms about 1, biases about 0. */
    private static float[] vector(String name, long[] shape, Random random) {
        float[] values = Gradients.gaussian(random, (int) shape[0], 0.1);
        for (int j = 0; j < values.length && name.endsWith("norm.weight"); j++) {
            values[j] += 1;
        }
        return values;
    }

    public LlamaModel model(Adapter adapter) {
        return new LlamaModel(config, weights, layers::get, adapter);
    }

    /** All seven projections, with a loraB that is not zero. */
    public Adapter adapter() {
        return adapter(EnumSet.allOf(Projection.class), 4);
    }

    public Adapter adapter(Set<Projection> targets, int rank) {
        Adapter adapter = Adapter.initialize(new LoraConfig(rank, 2 * rank, targets, 7), config);
        Random random = new Random(8);
        for (TrainedTensor tensor : adapter.parameters()) {
            if (tensor.name().contains("lora_B")) {
                float[] values = Gradients.gaussian(random, tensor.value().length, 0.2);
                System.arraycopy(values, 0, tensor.value(), 0, values.length);
            }
        }
        return adapter;
    }

    /** Random tokens; of each sequence the first {@code unlabelled} positions do not count. */
    public PackedBatch batch(int unlabelled, int... lengths) {
        Random random = new Random(9);
        List<int[]> tokens = new ArrayList<>();
        List<int[]> labels = new ArrayList<>();
        for (int length : lengths) {
            int[] ids = random.ints(length + 1, 0, config.vocabularySize()).toArray();
            int[] next = new int[length];
            for (int t = 0; t < length; t++) {
                next[t] = t < unlabelled ? PackedBatch.IGNORE : ids[t + 1];
            }
            tokens.add(java.util.Arrays.copyOf(ids, length));
            labels.add(next);
        }
        return PackedBatch.of(tokens, labels);
    }
}
