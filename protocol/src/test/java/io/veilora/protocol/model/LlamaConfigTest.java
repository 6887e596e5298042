package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaConfigTest {
    static final String GOOD = """
            {"architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "attention_bias": false, "mlp_bias": false,
             "vocab_size": 53, "hidden_size": 16, "intermediate_size": 23, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "rms_norm_eps": 1e-5,
             "rope_theta": 500000.0, "rope_scaling": null, "max_position_embeddings": 64,
             "tie_word_embeddings": true, "torch_dtype": "bfloat16"}""";

    private static ObjectNode good() {
        return (ObjectNode) json(GOOD);
    }

    private static JsonNode json(String text) {
        try {
            return ProtocolJson.MAPPER.readTree(text);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Two blocks of everything that only some families have. */
    static LlamaConfig variant(AttentionVariant attention, RopeScaling scaling) {
        return new LlamaConfig(53, 16, 23, 2, 4, 2, 6, 1e-5, 500000, 64, true, attention, scaling);
    }

    private static LlamaConfig of(String architecture, String... fields) {
        ObjectNode json = good();
        json.set("architectures", json("[\"" + architecture + "\"]"));
        for (String field : fields) {
            json.setAll((ObjectNode) json("{" + field + "}"));
        }
        return LlamaConfig.ofHuggingFace(json);
    }

    private static LlamaConfig with(String field, String value) {
        return LlamaConfig.ofHuggingFace(good().set(field, json(value)));
    }

    @Test
    void everyFieldIsRead() {
        LlamaConfig config = LlamaConfig.ofHuggingFace(good());
        assertThat(config).isEqualTo(new LlamaConfig(53, 16, 23, 2, 4, 2, 6, 1e-5, 500000, 64, true));
        assertThat(config.queryFeatures()).isEqualTo(24);
        assertThat(config.keyValueFeatures()).isEqualTo(12);
    }

    @Test
    void whatHuggingFaceLeavesOutHasItsDefault() {
        ObjectNode json = good();
        json.remove(java.util.List.of("num_key_value_heads", "head_dim", "hidden_act", "rope_theta", "rms_norm_eps"));
        json.remove(java.util.List.of("tie_word_embeddings", "max_position_embeddings", "rope_scaling"));
        assertThat(LlamaConfig.ofHuggingFace(json))
                .isEqualTo(new LlamaConfig(53, 16, 23, 2, 4, 4, 4, 1e-6, 10000, 2048, false));
    }

    @Test
    void nullCountsAsLeftOut() {
        ObjectNode json = good();
        json.putNull("head_dim").putNull("num_key_value_heads").putNull("attention_bias");
        LlamaConfig config = LlamaConfig.ofHuggingFace(json);
        assertThat(config.headDimension()).isEqualTo(4);
        assertThat(config.keyValueHeads()).isEqualTo(4);
    }

    @Test
    void theRopeParametersOfTransformers5AreRead() {
        LlamaConfig config = with("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": 7000}");
        assertThat(config.ropeTheta()).isEqualTo(7000);
    }

    @Test
    void everyFamilyHasItsOwnAttention() {
        assertThat(of("LlamaForCausalLM", "\"attention_bias\": true"))
                .isEqualTo(variant(new AttentionVariant(true, true, false), null));
        assertThat(of("MistralForCausalLM", "\"sliding_window\": null"))
                .isEqualTo(variant(AttentionVariant.PLAIN, null));
        assertThat(of("Qwen2ForCausalLM", "\"use_sliding_window\": false"))
                .isEqualTo(variant(new AttentionVariant(true, false, false), null));
        assertThat(of("Qwen3ForCausalLM")).isEqualTo(variant(new AttentionVariant(false, false, true), null));
        assertThat(of("Qwen3ForCausalLM", "\"attention_bias\": true"))
                .isEqualTo(variant(new AttentionVariant(true, true, true), null));
    }

    @Test
    void aSlidingWindowBoundsTheContext() {
        assertThat(of("MistralForCausalLM", "\"sliding_window\": 48").contextLength())
                .isEqualTo(48);
        assertThat(of("MistralForCausalLM", "\"max_position_embeddings\": 32768")
                        .contextLength())
                .isEqualTo(4096);
        assertThat(of("MistralForCausalLM", "\"sliding_window\": null, \"max_position_embeddings\": 32768")
                        .contextLength())
                .isEqualTo(32768);
        assertThat(of("Qwen2ForCausalLM", "\"sliding_window\": 48").contextLength())
                .isEqualTo(64);
    }

    @Test
    void qwen3HeadsHave128FeaturesUnlessTheFileSaysOtherwise() {
        ObjectNode json = good();
        json.set("architectures", json("[\"Qwen3ForCausalLM\"]"));
        json.remove("head_dim");
        assertThat(LlamaConfig.ofHuggingFace(json).headDimension()).isEqualTo(128);
    }

    @Test
    void otherFamiliesMustSayHowManyKeyHeadsTheyHave() {
        ObjectNode json = good();
        json.set("architectures", json("[\"MistralForCausalLM\"]"));
        json.remove("num_key_value_heads");
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, () -> LlamaConfig.ofHuggingFace(json))
                .contains("num_key_value_heads: got nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rope_scaling", "rope_parameters"})
    void llama3ScalingIsReadFromEitherField(String field) {
        LlamaConfig config = with(field, """
                {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                 "original_max_position_embeddings": 8192}""");
        assertThat(config).isEqualTo(variant(AttentionVariant.PLAIN, new RopeScaling(32, 1, 4, 8192)));
    }

    @Test
    void anArchitectureThatIsNotSupportedIsToldWhatIs() {
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, () -> of("GemmaForCausalLM"))
                .contains(
                        "got GemmaForCausalLM",
                        "LlamaForCausalLM (Llama 2, 3, 3.1 and 3.2, TinyLlama, SmolLM2)",
                        "MistralForCausalLM",
                        "Qwen2ForCausalLM",
                        "Qwen3ForCausalLM");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            architectures       | ["MixtralForCausalLM"]     | got MixtralForCausalLM, supported is LlamaForCausalLM
            architectures       | []                         | supported is LlamaForCausalLM
            architectures       | null                       | supported is LlamaForCausalLM
            rope_scaling        | {"type": "linear", "factor": 2}      | rope_type: got linear, supported is default or llama3
            rope_scaling        | {"rope_type": "dynamic"}   | rope_type: got dynamic
            rope_scaling        | {"type": "yarn"}           | rope_type: got yarn
            rope_scaling        | {"rope_type": "longrope"}  | rope_type: got longrope
            rope_scaling        | {"type": "mrope", "mrope_section": [1, 2]} | one setting for all layers
            rope_parameters     | {"rope_type": "llama3"}    | rope scaling: got factor NaN
            rope_parameters     | {"rope_type": "llama3", "factor": "8"} | factor: got "8", expected a number
            rope_parameters     | {"full_attention": {"rope_type": "default"}} | one setting for all layers
            rope_parameters     | {"rope_theta": 7000, "partial_rotary_factor": 0.5} | partial_rotary_factor: got 0.5
            layer_types         | ["full_attention", "sliding_attention"] | layer_types: got sliding_attention
            use_sliding_window  | true                       | use_sliding_window: got true, supported is false
            quantization_config | {"quant_method": "gptq"}   | quantization_config: got gptq
            rms_norm_eps        | "1e-5"                     | rms_norm_eps: got "1e-5", expected a number
            mlp_bias            | true                       | mlp_bias
            hidden_act          | "gelu"                     | hidden_act: got gelu, supported is silu
            vocab_size          | null                       | vocab_size: got null, expected an integer
            vocab_size          | "53"                       | vocab_size
            hidden_size         | 16.5                       | hidden_size: got 16.5, expected an integer
            hidden_size         | 0                          | hidden_size: got 0, expected a positive number
            intermediate_size   | -1                         | intermediate_size: got -1
            num_hidden_layers   | 0                          | num_hidden_layers: got 0
            num_hidden_layers   | 4294967298                 | num_hidden_layers: got 4294967298, expected an integer
            num_attention_heads | 0                          | num_attention_heads: got 0
            num_key_value_heads | 3                          | got 3, expected a divisor of num_attention_heads = 4
            num_key_value_heads | 0                          | num_key_value_heads: got 0
            num_key_value_heads | 4294967298                 | num_key_value_heads: got 4294967298
            head_dim            | 5                          | head_dim: got 5, expected an even number
            head_dim            | "six"                      | head_dim: got "six", expected an integer
            max_position_embeddings | 0                      | max_position_embeddings: got 0
            rms_norm_eps        | 0                          | rms_norm_eps
            rope_theta          | -1                         | rope_theta
            """)
    void whatWouldChangeTheArithmeticIsRefusedByName(String field, String value, String words) {
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, () -> with(field, value)).contains("config.json", words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "7", "{}"})
    void whatIsNoConfigurationIsRefused(String text) {
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, () -> LlamaConfig.ofHuggingFace(json(text)))
                .contains("LlamaForCausalLM");
    }
}
