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

    ImportProgress SILENT = (stage, layer, done, total) -> {};

    /** @param done layers finished in this stage, of {@code total} */
    void finished(Stage stage, LayerId layer, int done, int total);
}
