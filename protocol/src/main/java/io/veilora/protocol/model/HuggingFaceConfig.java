package io.veilora.protocol.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/**
 * Reads a {@code config.json}, with the defaults of {@code transformers}, as versions 4 and 5 write it. An option that
 * would change the arithmetic in a way that is not computed here is refused by name.
 */
final class HuggingFaceConfig {
    /** Mistral's window where the file has no such field; null means none. */
    private static final int MISTRAL_WINDOW = 4096;

    private final JsonNode json;

    HuggingFaceConfig(JsonNode json) {
        this.json = json;
    }

    LlamaConfig read() {
        ModelFamily family = family();
        refuseWhatIsNotComputed();
        int heads = required("num_attention_heads");
        int hidden = required("hidden_size");
        JsonNode rope = rope();
        return new LlamaConfig(
                required("vocab_size"),
                hidden,
                required("intermediate_size"),
                required("num_hidden_layers"),
                heads,
                keyValueHeads(family, heads),
                headDimension(family, hidden, heads),
                number(json, "rms_norm_eps", 1e-6),
                number(rope, "rope_theta", number(json, "rope_theta", 10000)),
                contextLength(family),
                json.path("tie_word_embeddings").asBoolean(false),
                attention(family),
                scaling(rope));
    }

    private ModelFamily family() {
        String architecture = json.path("architectures").path(0).asText("");
        return ModelFamily.of(architecture)
                .orElseThrow(() -> unsupported("architecture", architecture, ModelFamily.supported()));
    }

    private void refuseWhatIsNotComputed() {
        String activation = json.path("hidden_act").asText("silu");
        if (!activation.equals("silu") && !json.path("hidden_act").isNull()) {
            throw unsupported("hidden_act", activation, "silu");
        }
        for (String option : new String[] {"mlp_bias", "use_sliding_window"}) {
            if (json.path(option).asBoolean(false)) {
                throw unsupported(option, "true", "false");
            }
        }
        if (json.hasNonNull("quantization_config")) {
            String method =
                    json.path("quantization_config").path("quant_method").asText("one without a name");
            throw unsupported("quantization_config", method, "null: weights in F32, BF16 or F16");
        }
    }

    private int keyValueHeads(ModelFamily family, int heads) {
        if (family != ModelFamily.LLAMA && !json.has("num_key_value_heads")) {
            return required(
                    "num_key_value_heads"); // transformers has a fixed number there, which fits hardly any model
        }
        return integer("num_key_value_heads", heads);
    }

    private int headDimension(ModelFamily family, int hidden, int heads) {
        if (family == ModelFamily.QWEN3 && !json.has("head_dim")) {
            return 128;
        }
        return integer("head_dim", hidden / Math.max(1, heads));
    }

    /** A sequence no longer than the attention's window never meets its edge, so the window bounds the context. */
    private int contextLength(ModelFamily family) {
        int length = integer("max_position_embeddings", family.contextLength);
        boolean windowed = family == ModelFamily.MISTRAL;
        for (JsonNode layer : json.path("layer_types")) {
            if (!layer.asText().equals("full_attention")
                    && !(windowed && layer.asText().equals("sliding_attention"))) {
                throw unsupported("layer_types", layer.asText(), "full_attention");
            }
        }
        if (!windowed || json.path("sliding_window").isNull()) {
            return length;
        }
        return Math.min(length, integer("sliding_window", MISTRAL_WINDOW));
    }

    private AttentionVariant attention(ModelFamily family) {
        boolean biases = json.path("attention_bias").asBoolean(false);
        return switch (family) {
            case LLAMA -> new AttentionVariant(biases, biases, false);
            case MISTRAL -> AttentionVariant.PLAIN;
            case QWEN2 -> new AttentionVariant(true, false, false);
            case QWEN3 -> new AttentionVariant(biases, biases, true);
        };
    }

    /** Settings of the rotation: {@code rope_scaling} up to transformers 4, {@code rope_parameters} since 5. */
    private JsonNode rope() {
        JsonNode rope = MissingNode.getInstance();
        for (String field : new String[] {"rope_parameters", "rope_scaling"}) {
            if (json.path(field).isObject() && !json.path(field).isEmpty()) {
                rope = json.path(field);
            }
        }
        for (JsonNode setting : rope) {
            if (setting.isContainerNode()) {
                throw unsupported("rope_parameters", rope.toString(), "one setting for all layers");
            }
        }
        double rotated = number(rope, "partial_rotary_factor", number(json, "partial_rotary_factor", 1));
        if (rotated != 1) {
            throw unsupported("partial_rotary_factor", Double.toString(rotated), "1");
        }
        return rope;
    }

    private static RopeScaling scaling(JsonNode rope) {
        String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
        return switch (type) {
            case "default" -> null;
            case "llama3" ->
                new RopeScaling(
                        number(rope, "factor", Double.NaN),
                        number(rope, "low_freq_factor", Double.NaN),
                        number(rope, "high_freq_factor", Double.NaN),
                        (int) number(rope, "original_max_position_embeddings", 0));
            default -> throw unsupported("rope_type", type, "default or llama3");
        };
    }

    private int required(String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw invalid("%s: got %s, expected an integer", field, value.isMissingNode() ? "nothing" : value);
        }
        return value.asInt();
    }

    private int integer(String field, int absent) {
        return json.hasNonNull(field) ? required(field) : absent;
    }

    private static double number(JsonNode object, String field, double absent) {
        if (!object.hasNonNull(field)) {
            return absent;
        }
        if (!object.path(field).isNumber()) {
            throw invalid("%s: got %s, expected a number", field, object.path(field));
        }
        return object.path(field).asDouble();
    }

    static PermanentException invalid(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                .detail("config.json: " + format, arguments)
                .remedy("check the model folder"));
    }

    private static PermanentException unsupported(String what, String got, String supported) {
        return new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                .detail("config.json, %s: got %s, supported is %s", what, got.isEmpty() ? "nothing" : got, supported)
                .remedy("use another model: %s", ModelFamily.supported()));
    }
}
