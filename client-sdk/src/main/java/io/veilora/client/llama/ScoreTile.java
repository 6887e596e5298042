package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.LANES;
import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.FloatGemm;
import io.veilora.client.linear.FloatMatrix;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A few query rows of one head's scores against the keys they may see. Row i of the tile sees the keys before
 * {@code visible}; what lies beyond counts as zero probability.
 */
final class ScoreTile {
    static final int ROWS = 32;

    private final float[] values; // (rows, stride)
    private final int stride;
    private final float scale;

    /**
     * @param rows at most {@value #ROWS}
     * @param scale 1/√D, by which raw scores are multiplied
     */
    ScoreTile(int rows, int keys, float scale) {
        this.stride = stride(keys);
        this.values = new float[rows * stride];
        this.scale = scale;
    }

    /**
     * Floats from row to row of a matrix with {@code columns} columns: an odd number of vectors, because rows that lie a
     * power of two apart would push each other out of the cache.
     */
    static int stride(int columns) {
        int width = FloatGemm.wholeVectors(columns);
        return width / LANES % 2 == 0 ? width + LANES : width;
    }

    /** The part of the tile that is in use. */
    FloatMatrix window(int rows, int columns) {
        return new FloatMatrix(values, 0, rows, columns, stride, 1);
    }

    /** Overwrites the tile with {@code left·rightTransposed}, raw scores against the first {@code seen} keys. */
    void product(FloatMatrix left, FloatMatrix rightTransposed, int seen) {
        int columns = FloatGemm.wholeVectors(seen);
        FloatGemm.multiplyHere(left, rightTransposed.columnRange(0, columns), window(left.rows(), columns));
    }

    /** Turns a row of raw scores into probabilities, zero from {@code visible} to {@code seen}; returns log Σ e^S. */
    float softmax(int row, int visible, int seen) {
        int at = row * stride;
        int vectors = FloatGemm.wholeVectors(visible);
        Arrays.fill(values, at + visible, at + vectors, Float.NEGATIVE_INFINITY);
        FloatVector largest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < vectors; j += LANES) {
            largest = largest.max(FloatVector.fromArray(SPECIES, values, at + j));
        }
        float max = largest.reduceLanes(VectorOperators.MAX) * scale;
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int j = 0; j < vectors; j += LANES) {
            FloatVector exp = VectorMath.exp(
                    FloatVector.fromArray(SPECIES, values, at + j).mul(scale).sub(max));
            exp.intoArray(values, at + j);
            sums = sums.add(exp);
        }
        float sum = VectorMath.sum(sums);
        float inverse = 1 / sum;
        for (int j = 0; j < vectors; j += LANES) {
            FloatVector.fromArray(SPECIES, values, at + j).mul(inverse).intoArray(values, at + j);
        }
        Arrays.fill(values, at + visible, at + Math.max(seen, vectors), 0f);
        return max + (float) StrictMath.log(sum);
    }

    /** The same probabilities again, from log Σ e^S. */
    void probabilities(int row, int visible, int seen, float logSumExp) {
        int at = row * stride;
        for (int j = 0; j < visible; j += LANES) {
            FloatVector score = FloatVector.fromArray(SPECIES, values, at + j);
            VectorMath.exp(score.mul(scale).sub(logSumExp)).intoArray(values, at + j);
        }
        Arrays.fill(values, at + visible, at + Math.max(seen, FloatGemm.wholeVectors(visible)), 0f);
    }

    /** Turns a row of dP into {@code dS/√D = P ∘ (dP − along)/√D}, given the tile of P. */
    void scoreGradient(int row, int seen, ScoreTile probabilities, float along) {
        int at = row * stride;
        for (int j = 0; j < seen; j += LANES) {
            FloatVector p = FloatVector.fromArray(SPECIES, probabilities.values, at + j);
            FloatVector dp = FloatVector.fromArray(SPECIES, values, at + j);
            p.mul(dp.sub(along)).mul(scale).intoArray(values, at + j);
        }
    }
}
