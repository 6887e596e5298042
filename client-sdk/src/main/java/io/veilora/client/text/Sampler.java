package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;
import java.util.Random;

/**
 * Draws tokens: softmax of {@code logits/temperature}, cut to the top-k most probable (Fan et al., arXiv 1805.04833) and
 * of these to the nucleus that reaches top-p (Holtzman et al., arXiv 1904.09751). {@link Random} is specified to the bit, so a seed draws the same text on every JDK.
 */
final class Sampler {
    private final Sampling sampling;
    private final Random random;

    Sampler(Sampling sampling) {
        this.sampling = sampling;
        this.random = new Random(sampling.seed());
    }

    /**
     * @param logits (V)
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} for NaN or infinity among them
     */
    int pick(float[] logits) {
        int best = mostProbable(logits);
        return sampling.temperature() == 0 ? best : draw(logits, logits[best]);
    }

    private static int mostProbable(float[] logits) {
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new PermanentException(Problem.of(ProblemCode.NOT_FINITE)
                        .detail("the model's logits hold NaN or infinity")
                        .remedy("check the adapter, or generate without it"));
            }
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] logits, float highest) {
        // Descending by weight, then ascending by id: a positive float's bits order as the float does.
        long[] order = new long[logits.length];
        for (int i = 0; i < logits.length; i++) {
            order[i] = (long) ~Float.floatToRawIntBits(weight(logits[i], highest)) << 32 | i;
        }
        Arrays.sort(order);
        int most = sampling.topK() == 0 ? order.length : Math.min(sampling.topK(), order.length);
        double total = 0;
        for (int i = 0; i < most; i++) {
            total += weight(logits[(int) order[i]], highest);
        }
        double nucleus = 0;
        int kept = 0;
        do { // the most probable token stays, whatever top-p says
            nucleus += weight(logits[(int) order[kept++]], highest);
        } while (kept < most && nucleus < sampling.topP() * total);
        double drawn = random.nextDouble() * nucleus;
        for (int i = 0; i < kept; i++) {
            drawn -= weight(logits[(int) order[i]], highest);
            if (drawn < 0) {
                return (int) order[i];
            }
        }
        return (int) order[kept - 1];
    }

    private float weight(float logit, float highest) {
        return (float) StrictMath.exp((logit - highest) / sampling.temperature());
    }
}
