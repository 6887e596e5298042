package io.veilora.protocol.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Objects;

/**
 * The geometry of a Llama model, or of one that is Llama but for its attention's details (Mistral, Qwen2, Qwen3), as read
 * from Hugging Face's {@code config.json}.
 *
 * @param hiddenSize features of the residual stream
 * @param intermediateSize features inside the MLP
 * @param blocks transformer blocks
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param headDimension features of a head, even
 * @param contextLength longest sequence of tokens
 * @param tiedEmbeddings whether the output matrix is the embedding
 * @param attention biases and norms of the attention; {@link AttentionVariant#PLAIN} where a manifest leaves it out
 * @param ropeScaling null if the rotation is not stretched
 */
public record LlamaConfig(
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int blocks,
        int heads,
        int keyValueHeads,
        int headDimension,
        double rmsNormEpsilon,
        double ropeTheta,
        int contextLength,
        boolean tiedEmbeddings,
        AttentionVariant attention,
        @JsonInclude(JsonInclude.Include.NON_NULL) RopeScaling ropeScaling) {

    public LlamaConfig {
        positive("vocab_size", vocabularySize);
        positive("hidden_size", hiddenSize);
        positive("intermediate_size", intermediateSize);
        positive("num_hidden_layers", blocks);
        positive("num_attention_heads", heads);
        positive("num_key_value_heads", keyValueHeads);
        positive("head_dim", headDimension);
        positive("max_position_embeddings", contextLength);
        if (heads % keyValueHeads != 0) {
            throw HuggingFaceConfig.invalid(
                    "num_key_value_heads: got %d, expected a divisor of num_attention_heads = %d",
                    keyValueHeads, heads);
        }
        if (headDimension % 2 != 0) {
            throw HuggingFaceConfig.invalid("head_dim: got %d, expected an even number", headDimension);
        }
        if (!(rmsNormEpsilon > 0) || !(ropeTheta > 0)) {
            throw HuggingFaceConfig.invalid(
                    "rms_norm_eps and rope_theta: got %s and %s, expected positive", rmsNormEpsilon, ropeTheta);
        }
        attention = Objects.requireNonNullElse(attention, AttentionVariant.PLAIN);
    }

    /** A model with Llama's own attention. */
    public LlamaConfig(
            int vocabularySize,
            int hiddenSize,
            int intermediateSize,
            int blocks,
            int heads,
            int keyValueHeads,
            int headDimension,
            double rmsNormEpsilon,
            double ropeTheta,
            int contextLength,
            boolean tiedEmbeddings) {
        this(
                vocabularySize,
                hiddenSize,
                intermediateSize,
                blocks,
                heads,
                keyValueHeads,
                headDimension,
                rmsNormEpsilon,
                ropeTheta,
                contextLength,
                tiedEmbeddings,
                AttentionVariant.PLAIN,
                null);
    }

    /** {@code heads · headDimension}. */
    public int queryFeatures() {
        return heads * headDimension;
    }

    /** {@code keyValueHeads · headDimension}. */
    public int keyValueFeatures() {
        return keyValueHeads * headDimension;
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws PermanentException {@link ProblemCode#UNSUPPORTED_MODEL} for another architecture or an option that
     *     changes the arithmetic and is not known here
     */
    public static LlamaConfig ofHuggingFace(JsonNode config) {
        return new HuggingFaceConfig(config).read();
    }

    private static void positive(String field, int value) {
        if (value <= 0) {
            throw HuggingFaceConfig.invalid("%s: got %d, expected a positive number", field, value);
        }
    }
}
