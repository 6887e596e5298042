package io.veilora.protocol.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/**
 * The geometry of a Llama model, as read from Hugging Face's {@code config.json}.
 *
 * @param hiddenSize features of the residual stream
 * @param intermediateSize features inside the MLP
 * @param blocks transformer blocks
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param headDimension features of a head, even
 * @param contextLength longest sequence of tokens
 * @param tiedEmbeddings whether the output matrix is the embedding
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
        boolean tiedEmbeddings) {

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
            throw invalid(
                    "num_key_value_heads: got %d, expected a divisor of num_attention_heads = %d",
                    keyValueHeads, heads);
        }
        if (headDimension % 2 != 0) {
            throw invalid("head_dim: got %d, expected an even number", headDimension);
        }
        if (!(rmsNormEpsilon > 0) || !(ropeTheta > 0)) {
            throw invalid("rms_norm_eps and rope_theta: got %s and %s, expected positive", rmsNormEpsilon, ropeTheta);
        }
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
        String architecture = config.path("architectures").path(0).asText("");
        if (!architecture.equals("LlamaForCausalLM")) {
            throw unsupported("architecture", architecture, "LlamaForCausalLM");
        }
        JsonNode scaling = config.path("rope_scaling");
        if (scaling.isObject()) {
            throw unsupported("rope_scaling", scaling.toString(), "null");
        }
        if (config.path("attention_bias").asBoolean(false)
                || config.path("mlp_bias").asBoolean(false)) {
            throw unsupported("attention_bias or mlp_bias", "true", "false");
        }
        String activation = config.path("hidden_act").asText("silu");
        if (!activation.equals("silu")) {
            throw unsupported("hidden_act", activation, "silu");
        }
        int heads = required(config, "num_attention_heads");
        int hidden = required(config, "hidden_size");
        // transformers 5 writes rope_theta into rope_parameters.
        JsonNode rope = config.path("rope_parameters");
        String ropeType = rope.path("rope_type").asText("default");
        if (!ropeType.equals("default")) {
            throw unsupported("rope_type", ropeType, "default");
        }
        double theta =
                rope.path("rope_theta").asDouble(config.path("rope_theta").asDouble(10000.0));
        return new LlamaConfig(
                required(config, "vocab_size"),
                hidden,
                required(config, "intermediate_size"),
                required(config, "num_hidden_layers"),
                heads,
                integer(config, "num_key_value_heads", heads),
                integer(config, "head_dim", hidden / Math.max(1, heads)),
                config.path("rms_norm_eps").asDouble(1e-6),
                theta,
                integer(config, "max_position_embeddings", 2048),
                config.path("tie_word_embeddings").asBoolean(false));
    }

    private static int required(JsonNode config, String field) {
        JsonNode value = config.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw invalid("%s: got %s, expected an integer", field, value.isMissingNode() ? "nothing" : value);
        }
        return value.asInt();
    }

    private static int integer(JsonNode config, String field, int absent) {
        return config.hasNonNull(field) ? required(config, field) : absent;
    }

    private static void positive(String field, int value) {
        if (value <= 0) {
            throw invalid("%s: got %d, expected a positive number", field, value);
        }
    }

    private static PermanentException invalid(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                .detail("config.json: " + format, arguments)
                .remedy("check the model folder"));
    }

    private static PermanentException unsupported(String what, String got, String supported) {
        return new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                .detail("config.json, %s: got %s, supported is %s", what, got, supported)
                .remedy("use a model of the Llama architecture"));
    }
}
