package io.veilora.functions.model;

import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerRows;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.RoundedLayer;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Rounds one layer to int8, straight into its file. */
final class LayerQuantizer {
    /**
     * @param layer without its hints
     * @param scales {@code c}, (d_out)
     */
    record Quantized(RemoteLayer layer, float[] scales) {}

    private LayerQuantizer() {}

    /** Writes the layer's weights below {@code folder}. */
    static Quantized write(LayerId id, LayerRows rows, Path folder) throws IOException {
        String path = LayerFiles.weights(id);
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        RoundedLayer rounded;
        try (OutputStream out = Files.newOutputStream(file)) {
            rounded = RoundedLayer.of(rows, (values, count) -> out.write(values, 0, count));
        }
        long bytes = (long) rounded.outputFeatures() * rounded.inputFeatures();
        RemoteLayer layer = new RemoteLayer(
                id,
                rounded.inputFeatures(),
                rounded.outputFeatures(),
                rounded.maxRowNorm(),
                rounded.maxColumnNorm(),
                new StoredFile(path, bytes, rounded.weightsSha256()),
                Sha256.hexOfFloats(rounded.scales()),
                null,
                null);
        return new Quantized(layer, rounded.scales());
    }
}
