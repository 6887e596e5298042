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
     * {@code s·x·loraAᵀ}, (T, r).
     *
     * @param x (T, d_in)
     */
    FloatMatrix hidden(FloatMatrix x) {
        FloatMatrix h = zeros(x.rows(), rank());
        FloatGemm.multiply(x, loraA.transposed(), h);
        scale(h);
        return h;
    }

    /**
     * Adds the branch to {@code y}.
     *
     * @param h as {@link #hidden} gave it
     * @param y (T, d_out), usually some columns of a stacked layer's output
     */
    void addOutput(FloatMatrix h, FloatMatrix y) {
        FloatGemm.multiplyAdd(h, transposedB(), y);
    }

    /**
     * Adds to {@code gradA} and {@code gradB}.
     *
     * @param dy (T, d_out)
     * @param x (T, d_in), as in the forward pass
     * @return dh, (T, r)
     */
    FloatMatrix backward(FloatMatrix dy, FloatMatrix x) {
        FloatMatrix gradBTransposed = zeros(rank(), loraB.rows());
        FloatGemm.multiply(hidden(x).transposed(), dy, gradBTransposed);
        addTransposed(gradBTransposed, gradB);

        FloatMatrix dh = zeros(x.rows(), rank());
        FloatGemm.multiply(dy, transposedB().transposed(), dh);
        scale(dh);
        FloatGemm.multiplyAdd(dh.transposed(), x, gradA);
        return dh;
    }

    /**
     * {@code dx += dh·loraA}.
     *
     * @param dx (T, d_in)
     */
    void addInputGradient(FloatMatrix dh, FloatMatrix dx) {
        FloatGemm.multiplyAdd(dh, loraA, dx);
    }

    /** loraBᵀ (r, d_out) with contiguous rows, along which the products then run. */
    private FloatMatrix transposedB() {
        FloatMatrix transposed = zeros(rank(), loraB.rows());
        addTransposed(loraB, transposed);
        return transposed;
    }

    private static void addTransposed(FloatMatrix from, FloatMatrix to) {
        for (int i = 0; i < to.rows(); i++) {
            for (int j = 0; j < to.columns(); j++) {
                to.values()[to.index(i, j)] += from.values()[from.index(j, i)];
            }
        }
    }

    private void scale(FloatMatrix h) {
        float[] values = h.values();
        for (int i = 0; i < values.length; i++) {
            values[i] *= scaling;
        }
    }
}
