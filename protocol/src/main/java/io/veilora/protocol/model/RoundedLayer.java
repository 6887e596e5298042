package io.veilora.protocol.model;

import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One layer rounded to int8 while its rows stream by (DESIGN §3): what is left of it when they are gone. Only a few rows,
 * the scales and one sum a column are held at once, however large the layer is.
 *
 * @param maxRowNorm {@code ρ} of a forward step
 * @param maxColumnNorm {@code ρ} of a backward step
 * @param weightsSha256 digest of the int8 weights, row-major
 * @param scales {@code c}, (d_out)
 */
public record RoundedLayer(
        int outputFeatures,
        int inputFeatures,
        double maxRowNorm,
        double maxColumnNorm,
        String weightsSha256,
        float[] scales) {
    /** Weights in memory at once. */
    private static final int BLOCK_WEIGHTS = 1 << 20;

    /** Where the int8 weights go, some rows at a time. */
    public interface Sink {
        /** Takes the first {@code count} of {@code values}, which are overwritten afterwards. */
        void write(byte[] values, int count) throws IOException;
    }

    /** Rounds all rows, in order. */
    public static RoundedLayer of(LayerRows rows, Sink sink) throws IOException {
        int inputs = rows.inputFeatures();
        int outputs = rows.outputFeatures();
        float[] scales = new float[outputs];
        Norms norms = new Norms(inputs);
        MessageDigest digest = Sha256.newDigest();
        int blockRows = Math.clamp(BLOCK_WEIGHTS / inputs, 1, outputs);
        float[] weights = new float[blockRows * inputs];
        byte[] values = new byte[blockRows * inputs];
        for (int first = 0; first < outputs; first += blockRows) {
            int count = Math.min(blockRows, outputs - first);
            rows.read(first, count, weights);
            for (int row = 0; row < count; row++) {
                scales[first + row] = QuantizedWeights.quantizeRow(weights, row * inputs, inputs, values);
                norms.add(values, row * inputs);
            }
            digest.update(values, 0, count * inputs);
            sink.write(values, count * inputs);
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        return new RoundedLayer(outputs, inputs, norms.largestRow(), norms.largestColumn(), sha256, scales);
    }

    /** Squares are exact: an int8 matrix of a layer sums up to far below 2^63. */
    private static final class Norms {
        private final long[] columnSquares;
        private long largestRowSquare;

        Norms(int columns) {
            this.columnSquares = new long[columns];
        }

        void add(byte[] values, int offset) {
            long rowSquare = 0;
            for (int column = 0; column < columnSquares.length; column++) {
                int square = values[offset + column] * values[offset + column];
                rowSquare += square;
                columnSquares[column] += square;
            }
            largestRowSquare = Math.max(largestRowSquare, rowSquare);
        }

        double largestRow() {
            return Math.sqrt(largestRowSquare);
        }

        double largestColumn() {
            return Math.sqrt(Arrays.stream(columnSquares).max().orElse(0));
        }
    }
}
