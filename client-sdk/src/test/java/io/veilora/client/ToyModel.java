package io.veilora.client;

import io.veilora.client.linear.ClearLinear;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.EmbeddingTable;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** A model of two blocks with random weights in the clear, for tests of what surrounds a model. */
public record ToyModel(LlamaConfig config, ClientWeights weights, Map<LayerId, FrozenLinear> layers) {

    /** @param vocabularySize V */
    public static ToyModel random(int vocabularySize, int contextLength) {
        LlamaConfig config = new LlamaConfig(vocabularySize, 16, 24, 2, 4, 2, 4, 1e-5, 10000, contextLength, false);
        Random random = new Random(3);
        float[] embedding = gaussian(random, vocabularySize * config.hiddenSize(), 0.3);
        ClientWeights weights = new ClientWeights(
                config,
                EmbeddingTable.ofFloats(embedding, vocabularySize, config.hiddenSize()),
                (name, shape) -> ones(shape[0]));
        Map<LayerId, FrozenLinear> layers = new HashMap<>();
        for (LayerId id : LayerId.all(config)) {
            int inputs = id.kind().inputFeatures(config);
            int outputs = id.kind().outputFeatures(config);
            float[] values = gaussian(random, inputs * outputs, 1 / Math.sqrt(inputs));
            layers.put(id, new ClearLinear(values, outputs, inputs));
        }
        return new ToyModel(config, weights, layers);
    }

    public LlamaModel model(Adapter adapter) {
        return new LlamaModel(config, weights, layers::get, adapter);
    }

    private static float[] ones(long length) {
        float[] ones = new float[(int) length];
        Arrays.fill(ones, 1f);
        return ones;
    }

    private static float[] gaussian(Random random, int length, double deviation) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }
}
