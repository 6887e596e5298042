package io.veilora.client.lora;

import io.veilora.client.linear.FloatGemm;
import io.veilora.client.linear.FloatMatrix;

/**
 * The branch of one projection, {@code y += s·loraB·(loraA·x)} with {@code s = α/r} or α/√r; for rows of tokens, T of them:
 *
 * <pre>
 * forward    h  = x·loraAᵀ             y  += s·h·loraBᵀ
 * backward   dh = s·dy·loraB           dx += dh·loraA
 *            gradB += s·dyᵀ·h          gradA += dhᵀ·x
 * </pre>
 *
 * h is computed again in the backward pass: it costs a third of the branch's forward pass and saves keeping it.
 *
 * @param loraA (r, d_in)
 * @param loraB (d_out, r)
 * @param gradA (r, d_in)
 * @param gradB (d_out, r)
 * @param scaling s, of {@link LoraConfig#scaling}
 */
public record LoraMatrices(FloatMatrix loraA, FloatMatrix loraB, FloatMatrix gradA, FloatMatrix gradB, float scaling) {

    /** All zeros. */
    static LoraMatrices zeros(int rank, int inputFeatures, int outputFeatures, double scaling) {
        return new LoraMatrices(
                zeros(rank, inputFeatures),
                zeros(outputFeatures, rank),
                zeros(rank, inputFeatures),
                zeros(outputFeatures, rank),
                (float) scaling);
    }

    private static FloatMatrix zeros(int rows, int columns) {
        return FloatMatrix.rowMajor(new float[rows * columns], rows, columns);
    }

    /** r. */
    public int rank() {
        return loraA.rows();
    }

    /**
     * Adds the branch to {@code y}.
     *
     * @param x (T, d_in)
     * @param y (T, d_out), usually some columns of a stacked layer's output
     */
    void forward(FloatMatrix x, FloatMatrix y) {
        FloatMatrix h = zeros(x.rows(), rank()); // (T, r)
        FloatGemm.multiply(x, loraA.transposed(), h);
        scale(h);
        FloatGemm.multiplyAdd(h, loraB.transposed(), y);
    }

    /**
     * Adds to {@code gradA} and {@code gradB}, and to {@code dx} unless it is null.
     *
     * @param dy (T, d_out)
     * @param x (T, d_in), as in the forward pass
     * @param dx (T, d_in)
     */
    void backward(FloatMatrix dy, FloatMatrix x, FloatMatrix dx) {
        FloatMatrix h = zeros(x.rows(), rank()); // (T, r)
        FloatGemm.multiply(x, loraA.transposed(), h);
        scale(h);
        FloatGemm.multiplyAdd(dy.transposed(), h, gradB);

        FloatMatrix dh = zeros(x.rows(), rank()); // (T, r)
        FloatGemm.multiply(dy, loraB, dh);
        scale(dh);
        FloatGemm.multiplyAdd(dh.transposed(), x, gradA);
        if (dx != null) {
            FloatGemm.multiplyAdd(dh, loraA, dx);
        }
    }

    private void scale(FloatMatrix h) {
        float[] values = h.values();
        for (int i = 0; i < values.length; i++) {
            values[i] *= scaling;
        }
    }
}
