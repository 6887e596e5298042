package io.veilora.client.linear;

/**
 * {@code y = x·Wᵀ} and {@code dx = dy·W} over float32 weights held here: what a remote layer computes, without
 * quantization, noise or network. The baseline that encrypted training is compared with.
 */
public final class ClearLinear implements FrozenLinear {
    private final int inputFeatures;
    private final int outputFeatures;
    private final FloatMatrix weights;

    /** @param weights (d_out, d_in), not copied */
    public ClearLinear(float[] weights, int outputFeatures, int inputFeatures) {
        if (weights.length != (long) outputFeatures * inputFeatures) {
            throw new IllegalArgumentException(
                    "weights: got " + weights.length + " values, expected " + outputFeatures + " × " + inputFeatures);
        }
        this.inputFeatures = inputFeatures;
        this.outputFeatures = outputFeatures;
        this.weights = FloatMatrix.rowMajor(weights, outputFeatures, inputFeatures);
    }

    @Override
    public int inputFeatures() {
        return inputFeatures;
    }

    @Override
    public int outputFeatures() {
        return outputFeatures;
    }

    @Override
    public void forward(float[] x, int tokens, float[] y) {
        FloatGemm.multiply(
                FloatMatrix.rowMajor(x, tokens, inputFeatures),
                weights.transposed(),
                FloatMatrix.rowMajor(y, tokens, outputFeatures));
    }

    @Override
    public void backward(float[] dy, int tokens, float[] dx) {
        FloatGemm.multiply(
                FloatMatrix.rowMajor(dy, tokens, outputFeatures),
                weights,
                FloatMatrix.rowMajor(dx, tokens, inputFeatures));
    }
}
