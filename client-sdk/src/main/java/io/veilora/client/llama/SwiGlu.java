package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.Cores;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The gated activation of the MLP (Shazeer, arXiv 2002.05202), for each token over f intermediate features, gate g and
 * up u side by side in one array:
 *
 * <pre>
 * a  = silu(g) ∘ u,   silu(g) = g·σ(g),   σ(g) = 1/(1 + e^(−g))
 * dg = da ∘ u ∘ σ(g)·(1 + g·(1 − σ(g)))
 * du = da ∘ silu(g)
 * </pre>
 */
final class SwiGlu {
    private final int f;

    SwiGlu(int intermediateSize) {
        this.f = intermediateSize;
    }

    /**
     * Overwrites {@code a}.
     *
     * @param gateUp (T, 2·f)
     * @param a (T, f)
     */
    void forward(float[] gateUp, int tokens, float[] a) {
        Cores.forEach(tokens, t -> {
            int gate = t * 2 * f;
            for (int j = 0; j < f; j += SPECIES.length()) {
                VectorMask<Float> inside = SPECIES.indexInRange(j, f);
                FloatVector g = FloatVector.fromArray(SPECIES, gateUp, gate + j, inside);
                FloatVector u = FloatVector.fromArray(SPECIES, gateUp, gate + f + j, inside);
                g.mul(sigmoid(g)).mul(u).intoArray(a, t * f + j, inside);
            }
        });
    }

    /**
     * Overwrites {@code dGateUp}.
     *
     * @param da (T, f)
     * @param gateUp (T, 2·f), as in the forward pass
     * @param dGateUp (T, 2·f)
     */
    void backward(float[] da, float[] gateUp, int tokens, float[] dGateUp) {
        Cores.forEach(tokens, t -> {
            int gate = t * 2 * f;
            for (int j = 0; j < f; j += SPECIES.length()) {
                VectorMask<Float> inside = SPECIES.indexInRange(j, f);
                FloatVector g = FloatVector.fromArray(SPECIES, gateUp, gate + j, inside);
                FloatVector u = FloatVector.fromArray(SPECIES, gateUp, gate + f + j, inside);
                FloatVector d = FloatVector.fromArray(SPECIES, da, t * f + j, inside);
                FloatVector sigma = sigmoid(g);
                FloatVector slope = g.sub(g.mul(sigma)).add(1f).mul(sigma);
                d.mul(u).mul(slope).intoArray(dGateUp, gate + j, inside);
                d.mul(g).mul(sigma).intoArray(dGateUp, gate + f + j, inside);
            }
        });
    }

    private static FloatVector sigmoid(FloatVector g) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        return one.div(VectorMath.exp(g.neg()).add(one));
    }
}
