package io.veilora.functions.model;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Rounds one layer to int8, writes it, and hands its scales to the client's files. */
final class LayerQuantizer {
    private LayerQuantizer() {}

    /** @return the layer without its hints */
    static RemoteLayer write(HuggingFaceFolder source, LayerId id, Path folder, ClientFiles clientFiles)
            throws IOException {
        int inputs = id.kind().inputFeatures(source.config());
        int outputs = id.kind().outputFeatures(source.config());
        QuantizedWeights weights = QuantizedWeights.quantize(source.linear(id), outputs, inputs);
        String path = LayerFiles.weights(id);
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, weights.values());
        clientFiles.addScales(id, weights.scales());
        return new RemoteLayer(
                id,
                inputs,
                outputs,
                weights.maxNorm(Direction.FORWARD),
                weights.maxNorm(Direction.BACKWARD),
                new StoredFile(path, weights.values().length, Sha256.hex(weights.values())),
                digest(weights.scales()),
                null,
                null);
    }

    /** SHA-256 of little-endian F32. */
    private static String digest(float[] scales) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * scales.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(scales);
        return Sha256.hex(bytes.array());
    }
}
