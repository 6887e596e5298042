package io.veilora.client.lora;

import io.veilora.client.linear.FloatMatrix;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A remote layer with its local branches (DESIGN §1): {@code y = W·x + b + (α/r)·loraB·(loraA·x)}, where each stacked
 * projection has its own branch, or none, on its slice of y. Only {@code W·x} and {@code Wᵀ·dy} leave this class. Where
 * {@link Dropout} is on, a branch sees {@code x∘f} instead of x, with f the factors it draws.
 */
public final class AdaptedLinear {
    private final FrozenLinear frozen;
    private final float[] bias;
    private final Dropout dropout;
    private final List<Branch> branches = new ArrayList<>();
    private final boolean inputGradientNeeded;

    private record Branch(Adapter.Site site, LoraMatrices lora, int firstOutput, int outputs) {
        FloatMatrix slice(FloatMatrix stacked) {
            return stacked.columnRange(firstOutput, outputs);
        }
    }

    /** @param bias b (d_out), empty for none */
    public AdaptedLinear(FrozenLinear frozen, float[] bias, LayerId id, LlamaConfig config, Adapter adapter) {
        this.frozen = frozen;
        this.dropout = adapter.dropout();
        this.bias = bias;
        boolean adaptedBefore = false;
        for (Adapter.Site site : adapter.matrices().keySet()) {
            adaptedBefore |= comesBefore(site.projection().layerId(site.block()), id);
        }
        this.inputGradientNeeded = adaptedBefore;
        for (Projection projection : Projection.values()) {
            LoraMatrices lora = projection.layer() == id.kind() ? adapter.at(id.block(), projection) : null;
            if (lora != null) {
                Adapter.Site site = new Adapter.Site(id.block(), projection);
                branches.add(new Branch(site, lora, projection.firstOutput(config), projection.outputFeatures(config)));
            }
        }
    }

    /**
     * Whether the gradient of a layer's input is computed, which costs a remote step: when some projection before it is
     * adapted.
     */
    public static boolean needsInputGradient(LayerId id, Set<Projection> adapted) {
        return adapted.stream().anyMatch(projection -> comesBefore(projection.layerId(0), id));
    }

    private static boolean comesBefore(LayerId one, LayerId other) {
        return one.block() < other.block()
                || (one.block() == other.block()
                        && one.kind().ordinal() < other.kind().ordinal());
    }

    /**
     * Overwrites {@code y}.
     *
     * @param x (T, d_in)
     * @param y (T, d_out)
     */
    public void forward(float[] x, int tokens, float[] y) {
        frozen.forward(x, tokens, y);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < bias.length; j++) {
                y[t * bias.length + j] += bias[j];
            }
        }
        for (Branch branch : branches) {
            float[] factors = dropout.factors(branch.site, tokens * frozen.inputFeatures());
            branch.lora.forward(inputs(times(x, factors), tokens), branch.slice(outputs(y, tokens)));
        }
    }

    /**
     * Adds to the branches' gradients and overwrites {@code dx}, unless nobody needs it: when no branch lies before this
     * layer, as for the first block's qkv, the remote call is not made and {@code dx} stays as it was.
     *
     * @param dy (T, d_out)
     * @param x (T, d_in), as in the forward pass
     * @param dx (T, d_in)
     * @return whether {@code dx} was computed
     */
    public boolean backward(float[] dy, float[] x, int tokens, float[] dx) {
        if (inputGradientNeeded) {
            frozen.backward(dy, tokens, dx);
        }
        for (Branch branch : branches) {
            backward(branch, outputs(dy, tokens), x, inputGradientNeeded ? dx : null);
        }
        return inputGradientNeeded;
    }

    /** {@code dx += f∘dx'}, where dx' is what the branch gives for its own input {@code x∘f}. */
    private void backward(Branch branch, FloatMatrix dy, float[] x, float[] dx) {
        int tokens = dy.rows();
        float[] factors = dropout.factors(branch.site, tokens * frozen.inputFeatures());
        float[] dBranch = dx == null || factors == null ? dx : new float[factors.length]; // (T, d_in)
        branch.lora.backward(
                branch.slice(dy), inputs(times(x, factors), tokens), dx == null ? null : inputs(dBranch, tokens));
        if (dBranch != dx) {
            for (int i = 0; i < factors.length; i++) {
                dx[i] += factors[i] * dBranch[i];
            }
        }
    }

    /** {@code x∘f}; x itself when nothing is dropped. */
    private static float[] times(float[] x, float[] factors) {
        if (factors == null) {
            return x;
        }
        float[] product = new float[factors.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = x[i] * factors[i];
        }
        return product;
    }

    private FloatMatrix inputs(float[] x, int tokens) {
        return FloatMatrix.rowMajor(x, tokens, frozen.inputFeatures());
    }

    private FloatMatrix outputs(float[] y, int tokens) {
        return FloatMatrix.rowMajor(y, tokens, frozen.outputFeatures());
    }
}
