package io.veilora.client.llama;

import io.veilora.client.linear.FloatGemm;
import io.veilora.client.linear.FloatMatrix;
import io.veilora.protocol.model.LlamaConfig;

/**
 * One key-value head and the query heads that share it, in one sequence of n tokens: the piece of work of
 * {@link Attention}, whose equations hold here, {@value ScoreTile#ROWS} query rows at a time.
 */
final class HeadGroup {
    private final LlamaConfig config;
    private final BlockActivations kept;
    private final int keyValueHead;
    private final int start;
    private final int length;

    HeadGroup(LlamaConfig config, int keyValueHead, int start, int length, BlockActivations kept) {
        this.config = config;
        this.kept = kept;
        this.keyValueHead = keyValueHead;
        this.start = start;
        this.length = length;
    }

    void forward() {
        attend(0, transpose(keys(kept.qkv)), copy(values(kept.qkv)));
    }

    /** The same for n tokens that follow those in {@code cache}, which takes up their keys and values. */
    void forward(KeyValueCache cache, int block) {
        KeyValueCache.Head all = cache.append(block, keyValueHead, keys(kept.qkv), values(kept.qkv));
        attend(all.past(), all.keysTransposed(), all.values());
    }

    /**
     * @param past keys before that of the first query row
     * @param keysTransposed (D, past + n or more, whole vectors)
     * @param values (past + n, D)
     */
    private void attend(int past, FloatMatrix keysTransposed, FloatMatrix values) {
        ScoreTile tile = newTile(past + length);
        for (int head = firstHead(); head < firstHead() + headsPerGroup(); head++) {
            FloatMatrix queries = head(kept.qkv, qkvFeatures(), head); // (n, D)
            FloatMatrix output = head(kept.attention, config.queryFeatures(), head); // (n, D)
            for (int from = 0; from < length; from += ScoreTile.ROWS) {
                int rows = Math.min(ScoreTile.ROWS, length - from);
                int seen = past + from + rows;
                tile.product(queries.rowRange(from, rows), keysTransposed, seen);
                for (int i = 0; i < rows; i++) {
                    kept.logSumExp[(start + from + i) * config.heads() + head] =
                            tile.softmax(i, past + from + i + 1, seen);
                }
                FloatGemm.multiplyHere(tile.window(rows, seen), values.rowRange(0, seen), output.rowRange(from, rows));
            }
        }
    }

    void backward(float[] dAttention, float[] dQkv) {
        FloatMatrix keys = copy(keys(kept.qkv)); // (n, D)
        FloatMatrix keysTransposed = transpose(keys); // (D, padded)
        FloatMatrix valuesTransposed = transpose(values(kept.qkv)); // (D, padded)
        FloatMatrix dKeys = FloatMatrix.rowMajor(new float[keys.values().length], length, config.headDimension());
        FloatMatrix dValues = FloatMatrix.rowMajor(new float[keys.values().length], length, config.headDimension());
        ScoreTile tile = newTile(length);
        ScoreTile dTile = newTile(length);
        for (int head = firstHead(); head < firstHead() + headsPerGroup(); head++) {
            FloatMatrix queries = head(kept.qkv, qkvFeatures(), head);
            FloatMatrix dQueries = head(dQkv, qkvFeatures(), head);
            FloatMatrix dOutput = head(dAttention, config.queryFeatures(), head);
            for (int from = 0; from < length; from += ScoreTile.ROWS) {
                int rows = Math.min(ScoreTile.ROWS, length - from);
                int seen = from + rows;
                FloatMatrix q = queries.rowRange(from, rows);
                FloatMatrix dO = dOutput.rowRange(from, rows);
                tile.product(q, keysTransposed, seen);
                dTile.product(dO, valuesTransposed, seen);
                for (int i = 0; i < rows; i++) {
                    int row = start + from + i;
                    tile.probabilities(i, from + i + 1, seen, kept.logSumExp[row * config.heads() + head]);
                    dTile.scoreGradient(i, seen, tile, along(dAttention, row, head));
                }
                FloatMatrix p = tile.window(rows, seen);
                FloatMatrix dS = dTile.window(rows, seen);
                FloatGemm.multiplyAddHere(p.transposed(), dO, dValues.rowRange(0, seen));
                FloatGemm.multiplyAddHere(dS.transposed(), q, dKeys.rowRange(0, seen));
                FloatGemm.multiplyHere(dS, keys.rowRange(0, seen), dQueries.rowRange(from, rows));
            }
        }
        write(dKeys, keys(dQkv));
        write(dValues, values(dQkv));
    }

    /** ⟨dO, O⟩ of one row and head. */
    private float along(float[] dAttention, int row, int head) {
        int at = row * config.queryFeatures() + head * config.headDimension();
        return VectorMath.dot(dAttention, at, kept.attention, at, config.headDimension());
    }

    private int headsPerGroup() {
        return config.heads() / config.keyValueHeads();
    }

    private int firstHead() {
        return keyValueHead * headsPerGroup();
    }

    private int qkvFeatures() {
        return config.queryFeatures() + 2 * config.keyValueFeatures();
    }

    private ScoreTile newTile(int keys) {
        return new ScoreTile(Math.min(ScoreTile.ROWS, length), keys, (float) (1 / Math.sqrt(config.headDimension())));
    }

    /** This sequence's rows (n, D) of one head, when each row has {@code features} values and heads lie side by side. */
    private FloatMatrix head(float[] rows, int features, int head) {
        int dimension = config.headDimension();
        return new FloatMatrix(rows, start * features + head * dimension, length, dimension, features, 1);
    }

    private FloatMatrix keys(float[] qkv) {
        return head(qkv, qkvFeatures(), config.heads() + keyValueHead);
    }

    private FloatMatrix values(float[] qkv) {
        return head(qkv, qkvFeatures(), config.heads() + config.keyValueHeads() + keyValueHead);
    }

    /** Contiguous, so that the products do not jump from row to row of the wide array. */
    private static FloatMatrix copy(FloatMatrix from) {
        FloatMatrix to = FloatMatrix.rowMajor(new float[from.rows() * from.columns()], from.rows(), from.columns());
        write(from, to);
        return to;
    }

    private static void write(FloatMatrix from, FloatMatrix to) {
        for (int i = 0; i < from.rows(); i++) {
            System.arraycopy(from.values(), from.index(i, 0), to.values(), to.index(i, 0), from.columns());
        }
    }

    /** (D, n padded with zeros to whole vectors). */
    private static FloatMatrix transpose(FloatMatrix from) {
        int stride = ScoreTile.stride(from.rows());
        float[] to = new float[from.columns() * stride];
        for (int i = 0; i < from.rows(); i++) {
            int row = from.index(i, 0);
            for (int j = 0; j < from.columns(); j++) {
                to[j * stride + i] = from.values()[row + j];
            }
        }
        return new FloatMatrix(to, 0, from.columns(), FloatGemm.wholeVectors(from.rows()), stride, 1);
    }
}
