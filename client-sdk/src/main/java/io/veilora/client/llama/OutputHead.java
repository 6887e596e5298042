package io.veilora.client.llama;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LlamaConfig;
import java.util.Arrays;

/**
 * Final norm, {@code lm_head} and cross-entropy, for chosen rows of the residual stream only: {@code z = lm_head(norm(x))}.
 * Rows go through in parts, so that the logits of one part fit in {@value #LOGITS_AT_ONCE} floats.
 */
final class OutputHead {
    private static final int LOGITS_AT_ONCE = 1 << 26;

    private final LlamaConfig config;
    private final RmsNorm norm;
    private final FrozenLinear lmHead;
    private final CrossEntropy crossEntropy;
    private final int rowsAtOnce;

    OutputHead(LlamaConfig config, ClientWeights weights, FrozenLinear lmHead) {
        this.config = config;
        this.norm = new RmsNorm(weights.finalNorm(), config.rmsNormEpsilon());
        this.lmHead = lmHead;
        this.crossEntropy = new CrossEntropy(config.vocabularySize());
        this.rowsAtOnce = rowsAtOnce(config);
    }

    static int rowsAtOnce(LlamaConfig config) {
        return Math.max(1, LOGITS_AT_ONCE / config.vocabularySize());
    }

    /** (rows, V) for the given rows of {@code x} (T, d). */
    float[] logits(float[] x, int[] rows) {
        float[] normed = normed(gather(x, rows), rows.length);
        float[] logits = new float[Math.multiplyExact(rows.length, config.vocabularySize())];
        lmHead.forward(normed, rows.length, logits);
        return logits;
    }

    /** Sum of the losses of {@code rows}, each with the batch's label there; rows may be empty. */
    double loss(float[] x, PackedBatch batch, int[] rows) {
        double sum = 0;
        for (int from = 0; from < rows.length; from += rowsAtOnce) {
            int[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + rowsAtOnce));
            sum += sum(crossEntropy.forward(logits(x, part), labels(batch, part)));
        }
        return sum;
    }

    /**
     * The same, and adds {@code scale}·∂(sum)/∂x to {@code dx}.
     *
     * @param x (T, d)
     * @param dx (T, d)
     */
    double lossAndGradient(float[] x, PackedBatch batch, int[] rows, float scale, float[] dx) {
        double sum = 0;
        for (int from = 0; from < rows.length; from += rowsAtOnce) {
            int[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + rowsAtOnce));
            int[] labels = labels(batch, part);
            float[] gathered = gather(x, part); // (rows, d)
            float[] logits = new float[part.length * config.vocabularySize()]; // (rows, V), then dlogits
            lmHead.forward(normed(gathered, part.length), part.length, logits);
            sum += sum(crossEntropy.forward(logits, labels));
            crossEntropy.backward(logits, labels, scale);
            float[] dNormed = new float[gathered.length]; // (rows, d)
            lmHead.backward(logits, part.length, dNormed);
            float[] dGathered = new float[gathered.length]; // (rows, d)
            norm.backward(dNormed, gathered, part.length, dGathered);
            scatterAdd(dGathered, part, dx);
        }
        return sum;
    }

    private float[] normed(float[] x, int rows) {
        float[] normed = new float[x.length];
        norm.forward(x, rows, normed);
        return normed;
    }

    private float[] gather(float[] x, int[] rows) {
        int d = config.hiddenSize();
        float[] gathered = new float[rows.length * d];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(x, rows[i] * d, gathered, i * d, d);
        }
        return gathered;
    }

    private void scatterAdd(float[] dGathered, int[] rows, float[] dx) {
        int d = config.hiddenSize();
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < d; j++) {
                dx[rows[i] * d + j] += dGathered[i * d + j];
            }
        }
    }

    private static int[] labels(PackedBatch batch, int[] rows) {
        return Arrays.stream(rows).map(row -> batch.labels()[row]).toArray();
    }

    private static double sum(double[] losses) {
        double sum = 0;
        for (double loss : losses) {
            sum += loss;
        }
        return sum;
    }
}
