package io.veilora.client.text;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;
import java.util.Random;

/**
 * Draws tokens: softmax of {@code logits/temperature}, cut to the nucleus that reaches top-p (Holtzman et al., arXiv
 * 1904.09751). {@link Random} is specified to the bit, so a seed draws the same text on every JDK.
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
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            float weight = weight(logits[i], highest);
            total += weight;
            order[i] = (long) ~Float.floatToRawIntBits(weight) << 32 | i;
        }
        Arrays.sort(order);
        double nucleus = 0;
        int kept = 0;
        while (kept < order.length && nucleus < sampling.topP() * total) {
            nucleus += weight(logits[(int) order[kept++]], highest);
        }
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
