package io.veilora.functions.model;

import io.veilora.protocol.model.LayerId;

/** Told as an import moves on: every layer is quantized first, then gets its hints. */
@FunctionalInterface
public interface ImportProgress {
    /** What is being done to a layer. */
    enum Stage {
        QUANTIZE,
        HINTS
    }

    /**
     * How far a stage is. Time goes with the weights' bytes, in both stages.
     *
     * @param layers finished, of {@code ofLayers}
     * @param bytes int8 weights of the finished layers, of {@code ofBytes}
     * @param reusedBytes of them, those that an interrupted import had finished
     */
    record Done(int layers, int ofLayers, long bytes, long ofBytes, long reusedBytes) {
        Done plus(long layerBytes, boolean reused) {
            return new Done(layers + 1, ofLayers, bytes + layerBytes, ofBytes, reusedBytes + (reused ? layerBytes : 0));
        }
    }

    ImportProgress SILENT = (stage, layer, done) -> {};

    void finished(Stage stage, LayerId layer, Done done);
}
