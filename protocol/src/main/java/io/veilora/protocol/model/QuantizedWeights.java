package io.veilora.protocol.model;

/**
 * Symmetric int8 weights with one scale per output row, {@code W ≈ diag(c)·W_q} (DESIGN §3). Deterministic: the same
 * floats give the same bytes on every machine.
 *
 * @param values {@code W_q}, (d_out, d_in), in −127 … 127
 * @param scales {@code c}, (d_out)
 */
public record QuantizedWeights(int outputFeatures, int inputFeatures, byte[] values, float[] scales) {
    public static final int MAX_MAGNITUDE = 127;

    public QuantizedWeights {
        if (values.length != outputFeatures * inputFeatures || scales.length != outputFeatures) {
            throw new IllegalArgumentException("values " + values.length + ", scales " + scales.length + " for "
                    + outputFeatures + " × " + inputFeatures);
        }
    }

    /**
     * Rounds {@code weights} to int8 with {@code c_i = max_j |W_ij| / 127}.
     *
     * @param weights (d_out, d_in), finite
     */
    public static QuantizedWeights quantize(float[] weights, int outputFeatures, int inputFeatures) {
        byte[] values = new byte[outputFeatures * inputFeatures];
        float[] scales = new float[outputFeatures];
        for (int row = 0; row < outputFeatures; row++) {
            scales[row] = quantizeRow(weights, row * inputFeatures, inputFeatures, values);
        }
        return new QuantizedWeights(outputFeatures, inputFeatures, values, scales);
    }

    /**
     * Rounds one row of {@code count} weights to the same places of {@code values}.
     *
     * @return its scale {@code c_i}; 1 for a row of zeros
     */
    public static float quantizeRow(float[] weights, int offset, int count, byte[] values) {
        float peak = 0;
        for (int i = offset; i < offset + count; i++) {
            peak = Math.max(peak, Math.abs(weights[i]));
        }
        float scale = peak == 0 ? 1 : peak / MAX_MAGNITUDE;
        for (int i = offset; i < offset + count; i++) {
            double ratio = weights[i] / (double) scale;
            values[i] = (byte) Math.max(-MAX_MAGNITUDE, Math.min(MAX_MAGNITUDE, Math.rint(ratio)));
        }
        return scale;
    }

    /** {@code ρ = max_i ‖W_q,i‖₂} over rows for a forward step, over columns for a backward step. */
    public double maxNorm(Direction direction) {
        long[] squares = new long[direction == Direction.FORWARD ? outputFeatures : inputFeatures];
        for (int row = 0; row < outputFeatures; row++) {
            for (int column = 0; column < inputFeatures; column++) {
                int value = values[row * inputFeatures + column];
                squares[direction == Direction.FORWARD ? row : column] += (long) value * value;
            }
        }
        long largest = 0;
        for (long square : squares) {
            largest = Math.max(largest, square);
        }
        return Math.sqrt(largest);
    }
}
