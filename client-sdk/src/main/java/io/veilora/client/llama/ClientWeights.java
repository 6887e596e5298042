package io.veilora.client.llama;

import io.veilora.protocol.model.LlamaConfig;

/**
 * The base model's weights that the client holds: the embedding and the norms. All linear layers are elsewhere, behind
 * {@link io.veilora.client.linear.FrozenLinear}.
 */
public final class ClientWeights {
    private final EmbeddingTable embedding;
    private final float[][] inputNorms;
    private final float[][] postAttentionNorms;
    private final float[] finalNorm;

    /**
     * @param embedding (vocabulary, hidden)
     * @param inputNorms (blocks, hidden): Hugging Face's {@code input_layernorm.weight}
     * @param postAttentionNorms (blocks, hidden): {@code post_attention_layernorm.weight}
     * @param finalNorm (hidden): {@code model.norm.weight}
     */
    public ClientWeights(
            LlamaConfig config,
            EmbeddingTable embedding,
            float[][] inputNorms,
            float[][] postAttentionNorms,
            float[] finalNorm) {
        requireShape("input norms", inputNorms, config);
        requireShape("post-attention norms", postAttentionNorms, config);
        requireLength("final norm", finalNorm.length, config.hiddenSize());
        this.embedding = embedding;
        this.inputNorms = inputNorms;
        this.postAttentionNorms = postAttentionNorms;
        this.finalNorm = finalNorm;
    }

    /** Writes one token's embedding, {@code hidden} values, to {@code out} from {@code offset} on. */
    public void embeddingRow(int token, float[] out, int offset) {
        embedding.row(token, out, offset);
    }

    /** (hidden): before attention. */
    public float[] inputNorm(int block) {
        return inputNorms[block];
    }

    /** (hidden): before the MLP. */
    public float[] postAttentionNorm(int block) {
        return postAttentionNorms[block];
    }

    /** (hidden): before {@code lm_head}. */
    public float[] finalNorm() {
        return finalNorm;
    }

    private static void requireShape(String name, float[][] norms, LlamaConfig config) {
        requireLength(name, norms.length, config.blocks());
        for (float[] norm : norms) {
            requireLength(name, norm.length, config.hiddenSize());
        }
    }

    private static void requireLength(String name, int got, int expected) {
        if (got != expected) {
            throw new IllegalArgumentException(name + ": got length " + got + ", expected " + expected);
        }
    }
}
