package io.veilora.client.lora;

import io.veilora.client.linear.Cores;
import io.veilora.client.linear.FloatMatrix;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A remote layer with its local branches (DESIGN §1): {@code y = W·x + b + (α/r)·loraB·(loraA·x)}, where each stacked
 * projection has its own branch, or none, on its slice of y. Only {@code W·x} and {@code Wᵀ·dy} leave this class, and what
 * the branches can do without them is done meanwhile. Where {@link Dropout} is on, a branch sees {@code x∘f} instead of x,
 * with f the factors it draws.
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
        List<FloatMatrix> hidden = new ArrayList<>(); // (T, r) each
        frozen.forward(x, tokens, y, () -> {
            for (Branch branch : branches) {
                float[] factors = dropout.factors(branch.site, tokens * frozen.inputFeatures());
                hidden.add(branch.lora.hidden(inputs(times(x, factors), tokens)));
            }
        });
        if (bias.length > 0) {
            Cores.forEach(tokens, t -> addBias(y, t * bias.length));
        }
        for (int i = 0; i < hidden.size(); i++) {
            Branch branch = branches.get(i);
            branch.lora.addOutput(hidden.get(i), branch.slice(outputs(y, tokens)));
        }
    }

    private void addBias(float[] y, int row) {
        for (int j = 0; j < bias.length; j++) {
            y[row + j] += bias[j];
        }
    }

    /**
     * Adds to the branches' gradients and overwrites {@code dx}, unless nobody needs it: when no branch lies before this
     * layer, as for the first block's qkv, the remote call is not made and {@code dx} stays as it was.
     *
     * @param dy (T, d_out)
     * @param x gives (T, d_in), as in the forward pass; asked at most once, while the remote call is under way
     * @param dx (T, d_in)
     * @return whether {@code dx} was computed
     */
    public boolean backward(float[] dy, Supplier<float[]> x, int tokens, float[] dx) {
        List<BranchGradient> gradients = new ArrayList<>();
        Runnable local = () -> gradients.addAll(branchGradients(outputs(dy, tokens), x));
        if (!inputGradientNeeded) {
            local.run();
            return false;
        }
        frozen.backward(dy, tokens, dx, local);
        gradients.forEach(gradient -> addInputGradient(gradient, tokens, dx));
        return true;
    }

    /** @param dHidden (T, r) */
    private record BranchGradient(LoraMatrices lora, FloatMatrix dHidden, float[] factors) {}

    /** What needs no input gradient from the provider: adds to the gradients of the branches' own matrices. */
    private List<BranchGradient> branchGradients(FloatMatrix dy, Supplier<float[]> x) {
        List<BranchGradient> gradients = new ArrayList<>();
        float[] inputs = branches.isEmpty() ? null : x.get();
        for (Branch branch : branches) {
            float[] factors = dropout.factors(branch.site, dy.rows() * frozen.inputFeatures());
            FloatMatrix dropped = inputs(times(inputs, factors), dy.rows());
            gradients.add(new BranchGradient(branch.lora, branch.lora.backward(branch.slice(dy), dropped), factors));
        }
        return gradients;
    }

    /** {@code dx += f∘dx'}, where dx' is what the branch gives for its own input {@code x∘f}. */
    private void addInputGradient(BranchGradient gradient, int tokens, float[] dx) {
        float[] factors = gradient.factors;
        float[] dBranch = factors == null ? dx : new float[factors.length]; // (T, d_in)
        gradient.lora.addInputGradient(gradient.dHidden, inputs(dBranch, tokens));
        if (factors != null) {
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
