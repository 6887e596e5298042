package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerIdTest {
    @Test
    void everyLayerOfAModelParsesFromWhatItPrints() throws Exception {
        LlamaConfig config = Manifests.config(12);
        assertThat(LayerId.all(config)).hasSize(12 * 4 + 1).doesNotHaveDuplicates();
        for (LayerId id : LayerId.all(config)) {
            assertThat(LayerId.parse(id.toString())).isEqualTo(id);
            String json = ProtocolJson.MAPPER.writeValueAsString(id);
            assertThat(json).isEqualTo('"' + id.toString() + '"');
            assertThat(ProtocolJson.MAPPER.readValue(json, LayerId.class)).isEqualTo(id);
        }
    }

    @Test
    void theLayersStandInTheOrderOfAForwardPass() {
        assertThat(LayerId.all(Manifests.config(2)).stream().map(LayerId::toString))
                .containsExactly(
                        "blocks.0.qkv",
                        "blocks.0.o",
                        "blocks.0.gate_up",
                        "blocks.0.down",
                        "blocks.1.qkv",
                        "blocks.1.o",
                        "blocks.1.gate_up",
                        "blocks.1.down",
                        "lm_head");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "qkv",
                "blocks.qkv",
                "blocks.-1.qkv",
                "blocks.01.qkv",
                "blocks.100000.qkv",
                "blocks.1.lm_head",
                "blocks.1.QKV",
                "blocks.1.qkv ",
                "blocks.1.qkv\n",
                "blocks.١.qkv",
                "lm_head.0",
                "../blocks.1.qkv"
            })
    void anythingElseIsAnUnknownLayer(String text) {
        assertProblem(ProblemCode.UNKNOWN_LAYER, () -> LayerId.parse(text))
                .contains("got '", "expected 'lm_head' or 'blocks.<number>.<qkv|o|gate_up|down>'");
    }

    @Test
    void aVeryLongNameIsNotRepeatedWhole() {
        assertProblem(ProblemCode.UNKNOWN_LAYER, () -> LayerId.parse("x".repeat(10_000)))
                .hasSizeLessThan(300);
    }

    @Test
    void thereIsOneLmHeadAndNoNegativeBlock() {
        assertThatThrownBy(() -> new LayerId(LayerKind.LM_HEAD, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LayerId(LayerKind.O, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theShapesFollowFromTheConfiguration() {
        LlamaConfig config = Manifests.config(1);
        assertThat(LayerKind.QKV.inputFeatures(config)).isEqualTo(16);
        assertThat(LayerKind.QKV.outputFeatures(config)).isEqualTo(4 * 6 + 2 * (2 * 6));
        assertThat(LayerKind.O.inputFeatures(config)).isEqualTo(24);
        assertThat(LayerKind.O.outputFeatures(config)).isEqualTo(16);
        assertThat(LayerKind.GATE_UP.outputFeatures(config)).isEqualTo(2 * 23);
        assertThat(LayerKind.DOWN.inputFeatures(config)).isEqualTo(23);
        assertThat(LayerKind.LM_HEAD.outputFeatures(config)).isEqualTo(53);
    }

    @Test
    void aDirectionIsOneOfTwoWords() {
        for (Direction direction : Direction.values()) {
            assertThat(Direction.parse(direction.label())).isEqualTo(direction);
        }
        assertProblem(ProblemCode.INVALID_REQUEST, () -> Direction.parse("sideways"))
                .contains("got 'sideways', expected 'forward' or 'backward'");
    }
}
