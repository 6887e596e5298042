package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.LANES;
import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.Cores;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Cross-entropy over the vocabulary V, for each row z of logits with label c:
 *
 * <pre>
 * loss = m + log Σ e^(z − m) − z_c,   m = max z
 * dz   = s·(e^(z − m)/Σ − 1[c])
 * </pre>
 */
final class CrossEntropy {
    private final int vocabulary;

    CrossEntropy(int vocabularySize) {
        this.vocabulary = vocabularySize;
    }

    /**
     * The loss of each row; {@code logits} (rows, V) become e^(z − m)/Σ, the probabilities.
     *
     * @return (rows) losses, in natural units
     */
    double[] forward(float[] logits, int[] labels) {
        double[] losses = new double[labels.length];
        Cores.forEach(labels.length, row -> losses[row] = row(logits, row * vocabulary, labels[row]));
        return losses;
    }

    /** Turns the probabilities (rows, V) of {@link #forward} into {@code dlogits}, times {@code scale}. */
    void backward(float[] probabilities, int[] labels, float scale) {
        Cores.forEach(labels.length, row -> {
            int start = row * vocabulary;
            probabilities[start + labels[row]] -= 1;
            for (int j = 0; j < vocabulary; j++) {
                probabilities[start + j] *= scale;
            }
        });
    }

    private double row(float[] logits, int start, int label) {
        float max = max(logits, start);
        double labelLogit = logits[start + label];
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int j = 0; j < vocabulary; j += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(j, vocabulary);
            FloatVector z = FloatVector.fromArray(SPECIES, logits, start + j, inside);
            FloatVector exp = VectorMath.exp(z.sub(max));
            exp.intoArray(logits, start + j, inside);
            sums = sums.add(exp, inside);
        }
        float sum = VectorMath.sum(sums);
        float inverse = 1 / sum;
        for (int j = 0; j < vocabulary; j++) {
            logits[start + j] *= inverse;
        }
        return max + StrictMath.log(sum) - labelLogit;
    }

    /** NaN when a logit is NaN. */
    private float max(float[] logits, int start) {
        FloatVector largest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int j = 0;
        for (; j < SPECIES.loopBound(vocabulary); j += LANES) {
            largest = largest.max(FloatVector.fromArray(SPECIES, logits, start + j));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (; j < vocabulary; j++) {
            max = Math.max(max, logits[start + j]);
        }
        return max;
    }
}
