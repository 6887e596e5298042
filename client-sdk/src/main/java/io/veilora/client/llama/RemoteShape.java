package io.veilora.client.llama;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/** Checks, when a model is put together, that a frozen layer has the shape its id says. */
final class RemoteShape {
    private RemoteShape() {}

    static FrozenLinear checked(LayerId id, FrozenLinear layer, LlamaConfig config) {
        int inputs = id.kind().inputFeatures(config);
        int outputs = id.kind().outputFeatures(config);
        if (layer.inputFeatures() != inputs || layer.outputFeatures() != outputs) {
            throw new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE)
                    .detail(
                            "layer %s: got d_in %d, d_out %d, expected %d, %d",
                            id, layer.inputFeatures(), layer.outputFeatures(), inputs, outputs)
                    .remedy("check that weights and configuration are of the same model"));
        }
        return layer;
    }
}
