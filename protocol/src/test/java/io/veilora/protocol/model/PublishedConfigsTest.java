package io.veilora.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.wire.ProtocolJson;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Configuration files as well-known models have them, with many a field that we do not read, are understood. */
class PublishedConfigsTest {
    private static final String LLAMA = """
            "architectures": ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu",
            "initializer_range": 0.02, "model_type": "llama", "pretraining_tp": 1, "use_cache": true,""";
    private static final String QWEN = """
            "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu",
            "initializer_range": 0.02, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
            "torch_dtype": "bfloat16", "use_cache": true, "use_sliding_window": false, "vocab_size": 151936,""";

    enum Published {
        LLAMA_2_7B(LLAMA + """
                "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096,
                "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "rms_norm_eps": 1e-05,
                "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float16", "vocab_size": 32000
                """, new LlamaConfig(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, 4096, false)),
        LLAMA_3_2_1B(
                LLAMA + """
                "attention_dropout": 0.0, "head_dim": 64, "hidden_size": 2048, "intermediate_size": 8192,
                "max_position_embeddings": 131072, "mlp_bias": false, "num_attention_heads": 32,
                "num_hidden_layers": 16, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
                "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                  "original_max_position_embeddings": 8192, "rope_type": "llama3"},
                "rope_theta": 500000.0, "tie_word_embeddings": true, "vocab_size": 128256
                """,
                new LlamaConfig(
                        128256,
                        2048,
                        8192,
                        16,
                        32,
                        8,
                        64,
                        1e-5,
                        500000,
                        131072,
                        true,
                        AttentionVariant.PLAIN,
                        new RopeScaling(32, 1, 4, 8192))),
        TINY_LLAMA_1_1B(LLAMA + """
                "hidden_size": 2048, "intermediate_size": 5632, "max_position_embeddings": 2048,
                "num_attention_heads": 32, "num_hidden_layers": 22, "num_key_value_heads": 4, "rms_norm_eps": 1e-05,
                "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false, "vocab_size": 32000
                """, new LlamaConfig(32000, 2048, 5632, 22, 32, 4, 64, 1e-5, 10000, 2048, false)),
        SMOL_LM2_135M(LLAMA + """
                "hidden_size": 576, "intermediate_size": 1536, "is_llama_config": true,
                "max_position_embeddings": 8192, "num_attention_heads": 9, "num_hidden_layers": 30,
                "num_key_value_heads": 3, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
                "rope_theta": 100000, "tie_word_embeddings": true, "vocab_size": 49152
                """, new LlamaConfig(49152, 576, 1536, 30, 9, 3, 64, 1e-5, 100000, 8192, true)),
        MISTRAL_7B_V0_1("""
                "architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
                "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral",
                "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
                "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false, "vocab_size": 32000
                """, new LlamaConfig(32000, 4096, 14336, 32, 32, 8, 128, 1e-5, 10000, 4096, false)),
        QWEN_2_5_0_5B(
                QWEN + """
                "architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "intermediate_size": 4864,
                "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2",
                "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
                "sliding_window": 32768, "tie_word_embeddings": true, "use_mrope": false
                """,
                new LlamaConfig(
                        151936,
                        896,
                        4864,
                        24,
                        14,
                        2,
                        64,
                        1e-6,
                        1000000,
                        32768,
                        true,
                        new AttentionVariant(true, false, false),
                        null)),
        QWEN3_0_6B(
                QWEN + """
                "architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 128, "hidden_size": 1024,
                "intermediate_size": 3072, "max_position_embeddings": 40960, "max_window_layers": 28,
                "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8,
                "rope_scaling": null, "sliding_window": null, "tie_word_embeddings": true
                """,
                new LlamaConfig(
                        151936,
                        1024,
                        3072,
                        28,
                        16,
                        8,
                        128,
                        1e-6,
                        1000000,
                        40960,
                        true,
                        new AttentionVariant(false, false, true),
                        null));

        private final String fields;
        private final LlamaConfig expected;

        Published(String fields, LlamaConfig expected) {
            this.fields = fields;
            this.expected = expected;
        }
    }

    @ParameterizedTest
    @EnumSource
    void isReadAsTheGeometryThatTheModelHas(Published model) throws Exception {
        assertThat(LlamaConfig.ofHuggingFace(ProtocolJson.MAPPER.readTree("{" + model.fields + "}")))
                .isEqualTo(model.expected);
    }
}
