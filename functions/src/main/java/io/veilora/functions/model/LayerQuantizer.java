package io.veilora.functions.model;

import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerRows;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Rounds one layer to int8 while its rows stream by. Holds a few rows, the scales and one sum a column, however large the
 * layer is.
 */
final class LayerQuantizer {
    /** Weights in memory at once. */
    private static final int BLOCK_WEIGHTS = 1 << 20;

    /**
     * @param layer without its hints
     * @param scales {@code c}, (d_out)
     */
    record Quantized(RemoteLayer layer, float[] scales) {}

    private final LayerId id;
    private final LayerRows rows;
    private final float[] scales;
    private final long[] columnSquares;
    private long largestRowSquare;

    private LayerQuantizer(LayerId id, LayerRows rows) {
        this.id = id;
        this.rows = rows;
        this.scales = new float[rows.outputFeatures()];
        this.columnSquares = new long[rows.inputFeatures()];
    }

    /** Writes the layer's weights below {@code folder}. */
    static Quantized write(LayerId id, LayerRows rows, Path folder) throws IOException {
        return new LayerQuantizer(id, rows).write(folder);
    }

    private Quantized write(Path folder) throws IOException {
        String path = LayerFiles.weights(id);
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        MessageDigest digest = Sha256.newDigest();
        int inputs = rows.inputFeatures();
        int blockRows = Math.clamp(BLOCK_WEIGHTS / inputs, 1, rows.outputFeatures());
        float[] weights = new float[blockRows * inputs];
        byte[] values = new byte[blockRows * inputs];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int first = 0; first < rows.outputFeatures(); first += blockRows) {
                int count = Math.min(blockRows, rows.outputFeatures() - first);
                rows.read(first, count, weights);
                for (int row = 0; row < count; row++) {
                    scales[first + row] = QuantizedWeights.quantizeRow(weights, row * inputs, inputs, values);
                    addNorms(values, row * inputs);
                }
                digest.update(values, 0, count * inputs);
                out.write(values, 0, count * inputs);
            }
        }
        long bytes = (long) rows.outputFeatures() * inputs;
        return new Quantized(layer(new StoredFile(path, bytes, HexFormat.of().formatHex(digest.digest()))), scales);
    }

    private void addNorms(byte[] values, int offset) {
        long rowSquare = 0;
        for (int column = 0; column < columnSquares.length; column++) {
            int square = values[offset + column] * values[offset + column];
            rowSquare += square;
            columnSquares[column] += square;
        }
        largestRowSquare = Math.max(largestRowSquare, rowSquare);
    }

    private RemoteLayer layer(StoredFile weights) {
        return new RemoteLayer(
                id,
                rows.inputFeatures(),
                rows.outputFeatures(),
                Math.sqrt(largestRowSquare),
                Math.sqrt(Arrays.stream(columnSquares).max().orElse(0)),
                weights,
                Sha256.hex(bytes(scales)),
                null,
                null);
    }

    /** Little-endian F32. */
    static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
