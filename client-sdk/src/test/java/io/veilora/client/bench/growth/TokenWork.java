package io.veilora.client.bench.growth;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelSize;

/**
 * What fine-tuning one token takes, counted from the shapes: forward and backward through every remote layer, every token
 * labelled, blocks full. The first block's {@code qkv} has no backward call.
 *
 * @param valuesUp encrypted and sent: d_in forward, d_out backward
 * @param valuesDown answered and decrypted: d_out forward, d_in backward
 * @param products multiplications mod q
 * @param calls layers and directions: steps for each block of tokens
 * @param weights of all remote layers
 * @param hintBytes of all remote layers in both directions
 * @param embeddingBytes in bf16
 */
record TokenWork(
        long valuesUp, long valuesDown, long products, int calls, long weights, long hintBytes, long embeddingBytes) {
    static final int BYTES_UP = 4;
    static final int BYTES_DOWN = 2;

    static TokenWork of(LlamaConfig config) {
        long up = 0;
        long down = 0;
        long products = 0;
        int calls = 0;
        for (LayerId layer : LayerId.all(config)) {
            long inputs = layer.kind().inputFeatures(config);
            long outputs = layer.kind().outputFeatures(config);
            boolean backward = !layer.equals(LayerId.parse("blocks.0.qkv"));
            up += inputs + (backward ? outputs : 0);
            down += outputs + (backward ? inputs : 0);
            products += inputs * outputs * (backward ? 2 : 1);
            calls += backward ? 2 : 1;
        }
        ModelSize size = ModelSize.of(config, LatticeParameters.MLWE_256x5);
        long embeddingBytes = 2L * config.vocabularySize() * config.hiddenSize();
        return new TokenWork(up, down, products, calls, size.weights(), size.hintBytes(), embeddingBytes);
    }

    long values() {
        return valuesUp + valuesDown;
    }

    double bytesUp() {
        return (double) BYTES_UP * valuesUp;
    }

    double bytesDown() {
        return (double) BYTES_DOWN * valuesDown;
    }

    double bytes() {
        return bytesUp() + bytesDown();
    }
}
