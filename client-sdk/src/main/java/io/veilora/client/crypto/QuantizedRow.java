package io.veilora.client.crypto;

/**
 * Integers {@code round(scale·c_j·x_j)} of one token, made where they are needed and not stored.
 *
 * @param x the token's activations from {@code from} on
 * @param featureScales {@code c}; null if all are 1
 */
record QuantizedRow(float[] x, int from, float[] featureScales, double scale) {
    /** The {@code count} values from {@code first} on and zeros up to {@code length}, in arrays of their own. */
    QuantizedRow padded(int first, int count, int length) {
        float[] rest = new float[length];
        System.arraycopy(x, from + first, rest, 0, count);
        if (featureScales == null) {
            return new QuantizedRow(rest, 0, null, scale);
        }
        float[] restScales = new float[length];
        System.arraycopy(featureScales, first, restScales, 0, count);
        return new QuantizedRow(rest, 0, restScales, scale);
    }
}
