package io.veilora.protocol.model;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.HintCodec;

/**
 * How large an imported model is, known from its shapes alone.
 *
 * @param weights of all remote layers, a byte each as int8
 * @param hintBytes the files of all hints, headers included
 */
public record ModelSize(long weights, long hintBytes) {
    public static ModelSize of(LlamaConfig config, LatticeParameters parameters) {
        long weights = 0;
        long hintBytes = 0;
        for (LayerId layer : LayerId.all(config)) {
            int inputs = layer.kind().inputFeatures(config);
            int outputs = layer.kind().outputFeatures(config);
            weights += (long) inputs * outputs;
            hintBytes += HintCodec.fileBytes(parameters, outputs) + HintCodec.fileBytes(parameters, inputs);
        }
        return new ModelSize(weights, hintBytes);
    }
}
