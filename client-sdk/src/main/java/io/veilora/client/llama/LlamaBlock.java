package io.veilora.client.llama;

import io.veilora.client.linear.Cores;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One transformer block (Touvron et al., arXiv 2302.13971), over the residual stream x of T tokens:
 *
 * <pre>
 * m = x + o(attention(rope(qkv(norm(x)))))
 * y = m + down(swiglu(gate_up(norm(m))))
 * </pre>
 *
 * Qwen3 has a {@link QueryKeyNorm} before rope.
 */
final class LlamaBlock {
    private final LlamaConfig config;
    private final int block;
    private final RmsNorm inputNorm;
    private final RmsNorm postAttentionNorm;
    private final AdaptedLinear qkv;
    private final AdaptedLinear o;
    private final AdaptedLinear gateUp;
    private final AdaptedLinear down;
    private final QueryKeyNorm queryKeyNorm; // null where the model has none
    private final Rope rope;
    private final Attention attention;
    private final SwiGlu swiGlu;

    LlamaBlock(
            LlamaConfig config, int block, ClientWeights weights, Function<LayerId, AdaptedLinear> layers, Rope rope) {
        this.config = config;
        this.block = block;
        this.inputNorm = new RmsNorm(weights.inputNorm(block), config.rmsNormEpsilon());
        this.postAttentionNorm = new RmsNorm(weights.postAttentionNorm(block), config.rmsNormEpsilon());
        this.qkv = layers.apply(new LayerId(LayerKind.QKV, block));
        this.o = layers.apply(new LayerId(LayerKind.O, block));
        this.gateUp = layers.apply(new LayerId(LayerKind.GATE_UP, block));
        this.down = layers.apply(new LayerId(LayerKind.DOWN, block));
        this.queryKeyNorm = config.attention().queryKeyNorm()
                ? new QueryKeyNorm(config, weights.queryNorm(block), weights.keyNorm(block))
                : null;
        this.rope = rope;
        this.attention = new Attention(config);
        this.swiGlu = new SwiGlu(config.intermediateSize());
    }

    /**
     * Overwrites {@code y} and {@code kept}.
     *
     * @param x (T, d)
     * @param y (T, d)
     */
    void forward(TokenRows batch, float[] x, BlockActivations kept, Scratch scratch, float[] y) {
        int tokens = batch.tokenCount();

        inputNorm.forward(x, tokens, scratch.normed);
        qkv.forward(scratch.normed, tokens, kept.qkv);
        if (queryKeyNorm != null) {
            queryKeyNorm.forward(kept.qkv, tokens, kept.rawQueryKey);
        }
        rope.forward(batch.positions(), kept.qkv);
        attention.forward(batch, block, kept);
        o.forward(kept.attention, tokens, kept.middle);
        add(kept.middle, x, tokens);

        postAttentionNorm.forward(kept.middle, tokens, scratch.normed);
        gateUp.forward(scratch.normed, tokens, kept.gateUp);
        swiGlu.forward(kept.gateUp, tokens, scratch.activated);
        down.forward(scratch.activated, tokens, y);
        add(y, kept.middle, tokens);
    }

    /**
     * Adds to the gradients of this block's branches and turns {@code dx} from ∂/∂y into ∂/∂x; in the first block it stops
     * at the first branch, below which nobody needs a gradient.
     *
     * @param x (T, d), as in the forward pass
     * @param dx (T, d)
     */
    void backward(PackedBatch batch, float[] x, BlockActivations kept, Scratch scratch, float[] dx) {
        int tokens = batch.tokenCount();

        if (!down.backward(dx, () -> activated(kept, tokens, scratch), tokens, scratch.dActivated)) {
            return;
        }
        swiGlu.backward(scratch.dActivated, kept.gateUp, tokens, scratch.dGateUp);
        Supplier<float[]> gateUpInput = () -> normed(postAttentionNorm, kept.middle, tokens, scratch);
        if (!gateUp.backward(scratch.dGateUp, gateUpInput, tokens, scratch.dNormed)) {
            return;
        }
        postAttentionNorm.backward(scratch.dNormed, kept.middle, tokens, dx);

        if (!o.backward(dx, () -> kept.attention, tokens, scratch.dAttention)) {
            return;
        }
        attention.backward(batch.sequenceBounds(), kept, scratch.dAttention, scratch.dQkv);
        rope.backward(batch.positions(), scratch.dQkv);
        if (queryKeyNorm != null) {
            queryKeyNorm.backward(kept.rawQueryKey, tokens, scratch.dQkv);
        }
        if (!qkv.backward(scratch.dQkv, () -> normed(inputNorm, x, tokens, scratch), tokens, scratch.dNormed)) {
            return;
        }
        inputNorm.backward(scratch.dNormed, x, tokens, dx);
    }

    /** SwiGLU's output (T, f), computed again. */
    private float[] activated(BlockActivations kept, int tokens, Scratch scratch) {
        swiGlu.forward(kept.gateUp, tokens, scratch.activated);
        return scratch.activated;
    }

    /** A norm's output (T, d), computed again. */
    private static float[] normed(RmsNorm norm, float[] x, int tokens, Scratch scratch) {
        norm.forward(x, tokens, scratch.normed);
        return scratch.normed;
    }

    /** {@code to += from} over (T, d). */
    private void add(float[] to, float[] from, int tokens) {
        int d = config.hiddenSize();
        Cores.forEach(tokens, t -> {
            for (int i = t * d; i < (t + 1) * d; i++) {
                to[i] += from[i];
            }
        });
    }
}
