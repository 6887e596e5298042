package io.veilora.functions.gateway;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;

/**
 * One line of the list of models.
 *
 * @param layers remote layers, all of them
 * @param weightBytes int8 weights, which stay with the provider
 * @param hintBytes what a client downloads once, besides {@code clientBytes}
 */
public record ModelSummary(
        String model,
        String modelDigest,
        LatticeParameters parameters,
        int epoch,
        int blocks,
        int layers,
        int contextLength,
        long weightBytes,
        long hintBytes,
        long clientBytes) {
    public static ModelSummary of(ModelManifest manifest) {
        long weights = 0;
        long hints = 0;
        for (RemoteLayer layer : manifest.layers()) {
            weights += layer.weights().bytes();
            hints += layer.forwardHint().bytes() + layer.backwardHint().bytes();
        }
        return new ModelSummary(
                manifest.model(),
                manifest.modelDigest(),
                manifest.parameters(),
                manifest.epoch(),
                manifest.config().blocks(),
                manifest.layers().size(),
                manifest.config().contextLength(),
                weights,
                hints,
                manifest.clientFiles().values().stream()
                        .mapToLong(StoredFile::bytes)
                        .sum());
    }
}
