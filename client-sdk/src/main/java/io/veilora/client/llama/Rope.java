package io.veilora.client.llama;

import io.veilora.client.linear.Cores;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.RopeScaling;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in Hugging Face's rotate-half convention: with D = head
 * dimension, feature i is paired with i + D/2 and turned by the angle φ = p·θ^(−2i/D) at position p,
 *
 * <pre>
 * y_i       = x_i·cos φ − x_(i+D/2)·sin φ
 * y_(i+D/2) = x_(i+D/2)·cos φ + x_i·sin φ
 * </pre>
 *
 * on every head of q and k. A {@link RopeScaling} changes the frequencies θ^(−2i/D). The backward pass turns by −φ. Angles are rounded to float32 as Hugging Face's are.
 */
final class Rope {
    private final int half;
    private final int turnedHeads;
    private final int rowLength;
    private final float[] frequencies; // (D/2)
    private float[] cosines = {}; // (positions, D/2)
    private float[] sines = {}; // (positions, D/2)

    Rope(LlamaConfig config) {
        this.half = config.headDimension() / 2;
        this.turnedHeads = config.heads() + config.keyValueHeads();
        this.rowLength = config.queryFeatures() + 2 * config.keyValueFeatures();
        this.frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            double frequency = 1 / StrictMath.pow(config.ropeTheta(), (double) i / half);
            frequencies[i] =
                    (float) (config.ropeScaling() == null ? frequency : scaled(frequency, config.ropeScaling()));
        }
    }

    /** Llama 3.1's stretching: with t turns in the original context, kept above high, divided below low, mixed between. */
    private static double scaled(double frequency, RopeScaling scaling) {
        double turns = scaling.originalContextLength() * frequency / (2 * Math.PI);
        double low = scaling.lowFrequencyFactor();
        double kept = (turns - low) / (scaling.highFrequencyFactor() - low);
        kept = Math.clamp(kept, 0.0, 1.0);
        return frequency * (kept + (1 - kept) / scaling.factor());
    }

    /** Turns q and k in place. @param qkv (T, q + k + v) */
    void forward(int[] positions, float[] qkv) {
        turn(positions, qkv, 1);
    }

    /** Turns dq and dk back in place. @param dQkv (T, q + k + v) */
    void backward(int[] positions, float[] dQkv) {
        turn(positions, dQkv, -1);
    }

    private void turn(int[] positions, float[] qkv, float direction) {
        prepare(positions);
        Cores.forEach(positions.length, t -> {
            int angle = positions[t] * half;
            for (int head = 0; head < turnedHeads; head++) {
                int low = t * rowLength + head * 2 * half;
                for (int i = 0; i < half; i++) {
                    float cosine = cosines[angle + i];
                    float sine = direction * sines[angle + i];
                    float x = qkv[low + i];
                    float y = qkv[low + half + i];
                    qkv[low + i] = x * cosine - y * sine;
                    qkv[low + half + i] = y * cosine + x * sine;
                }
            }
        });
    }

    /** Extends the tables to the largest position seen. */
    private void prepare(int[] positions) {
        int needed = 0;
        for (int position : positions) {
            needed = Math.max(needed, (position + 1) * half);
        }
        if (needed <= cosines.length) {
            return;
        }
        float[] newCosines = new float[needed];
        float[] newSines = new float[needed];
        for (int j = 0; j < needed; j++) {
            float angle = (j / half) * frequencies[j % half];
            newCosines[j] = (float) StrictMath.cos(angle);
            newSines[j] = (float) StrictMath.sin(angle);
        }
        cosines = newCosines;
        sines = newSines;
    }
}
