package io.veilora.client.llama;

import io.veilora.client.linear.FloatGemm;
import io.veilora.client.linear.FloatMatrix;
import io.veilora.protocol.model.LlamaConfig;
import java.util.Arrays;

/**
 * The keys and values of one sequence in every block, so that a new token goes through the model alone. They say as much
 * as the text itself: they stay with the client, and {@link #close} overwrites them. Grows as the sequence does, by
 * {@link #bytesPerToken}. Not safe for use by several threads.
 */
public final class KeyValueCache implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;

    private final LlamaConfig config;
    private final float[][] keys; // by block and head: (D, capacity), transposed as the scores read them
    private final float[][] values; // by block and head: (capacity, D)
    private int capacity;
    private int length;
    private boolean closed;

    public KeyValueCache(LlamaConfig config) {
        this.config = config;
        int heads = config.blocks() * config.keyValueHeads();
        this.keys = new float[heads][0];
        this.values = new float[heads][0];
    }

    /** What one more token takes, in bytes. */
    public static long bytesPerToken(LlamaConfig config) {
        return 2L * Float.BYTES * config.blocks() * config.keyValueFeatures();
    }

    /** Tokens whose keys and values are here. */
    public int length() {
        return length;
    }

    /** Forgets all but the first tokens; {@code newLength} is at most {@link #length}. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("length: got " + newLength + ", expected 0 to " + length);
        }
        length = newLength;
    }

    /** Makes room for {@code tokens} more. */
    void reserve(int tokens) {
        if (closed) {
            throw new IllegalStateException("this key-value cache is closed");
        }
        int needed = Math.addExact(length, tokens);
        if (needed <= capacity) {
            return;
        }
        int wider = FloatGemm.wholeVectors(Math.max(needed, Math.max(FIRST_CAPACITY, capacity + capacity / 2)));
        for (int head = 0; head < keys.length; head++) {
            keys[head] = wipeAfter(keys[head], widened(keys[head], wider));
            values[head] = wipeAfter(values[head], Arrays.copyOf(values[head], wider * config.headDimension()));
        }
        capacity = wider;
    }

    private float[] widened(float[] transposed, int wider) {
        float[] copy = new float[config.headDimension() * wider];
        for (int j = 0; j < config.headDimension(); j++) {
            System.arraycopy(transposed, j * capacity, copy, j * wider, length);
        }
        return copy;
    }

    private static float[] wipeAfter(float[] old, float[] copy) {
        Arrays.fill(old, 0f);
        return copy;
    }

    /** All keys and values of one head: (D, at least past + new), (past + new, D). */
    record Head(FloatMatrix keysTransposed, FloatMatrix values, int past) {}

    /**
     * Writes the keys and values (new, D) of tokens for which there is room behind those that are here. Heads may be
     * written by several threads.
     */
    Head append(int block, int keyValueHead, FloatMatrix newKeys, FloatMatrix newValues) {
        int head = block * config.keyValueHeads() + keyValueHead;
        int dimension = config.headDimension();
        for (int i = 0; i < newKeys.rows(); i++) {
            int row = newKeys.index(i, 0);
            for (int j = 0; j < dimension; j++) {
                keys[head][j * capacity + length + i] = newKeys.values()[row + j];
            }
            System.arraycopy(
                    newValues.values(), newValues.index(i, 0), values[head], (length + i) * dimension, dimension);
        }
        return new Head(
                FloatMatrix.rowMajor(keys[head], dimension, capacity),
                FloatMatrix.rowMajor(values[head], length + newValues.rows(), dimension),
                length);
    }

    /** Counts tokens as taken up, once every block has appended them. */
    void advance(int tokens) {
        length += tokens;
    }

    /** Overwrites all keys and values; the cache cannot be used again. */
    @Override
    public void close() {
        for (int head = 0; head < keys.length; head++) {
            Arrays.fill(keys[head], 0f);
            Arrays.fill(values[head], 0f);
        }
        length = 0;
        closed = true;
    }

    /** The length only. */
    @Override
    public String toString() {
        return "KeyValueCache[" + length + " tokens]";
    }
}
