package io.veilora.client.lora;

import io.veilora.client.linear.FloatMatrix;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A remote layer with its local branches (DESIGN §1): {@code y = W·x + (α/r)·loraB·(loraA·x)}, where each stacked
 * projection has its own branch, or none, on its slice of y. Only {@code W·x} and {@code Wᵀ·dy} leave this class.
 */
public final class AdaptedLinear {
    private final FrozenLinear frozen;
    private final List<Branch> branches = new ArrayList<>();
    private final boolean inputGradientNeeded;

    private record Branch(LoraMatrices lora, int firstOutput, int outputs) {
        FloatMatrix slice(FloatMatrix stacked) {
            return stacked.columnRange(firstOutput, outputs);
        }
    }

    public AdaptedLinear(FrozenLinear frozen, LayerId id, LlamaConfig config, Adapter adapter) {
        this.frozen = frozen;
        boolean adaptedBefore = false;
        for (Adapter.Site site : adapter.matrices().keySet()) {
            adaptedBefore |= comesBefore(site.projection().layerId(site.block()), id);
        }
        this.inputGradientNeeded = adaptedBefore;
        for (Projection projection : Projection.values()) {
            LoraMatrices lora = projection.layer() == id.kind() ? adapter.at(id.block(), projection) : null;
            if (lora != null) {
                branches.add(new Branch(lora, projection.firstOutput(config), projection.outputFeatures(config)));
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
        for (Branch branch : branches) {
            branch.lora.forward(inputs(x, tokens), branch.slice(outputs(y, tokens)));
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
            branch.lora.backward(
                    branch.slice(outputs(dy, tokens)),
                    inputs(x, tokens),
                    inputGradientNeeded ? inputs(dx, tokens) : null);
        }
        return inputGradientNeeded;
    }

    private FloatMatrix inputs(float[] x, int tokens) {
        return FloatMatrix.rowMajor(x, tokens, frozen.inputFeatures());
    }

    private FloatMatrix outputs(float[] y, int tokens) {
        return FloatMatrix.rowMajor(y, tokens, frozen.outputFeatures());
    }
}
