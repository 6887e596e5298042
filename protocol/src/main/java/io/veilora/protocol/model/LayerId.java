package io.veilora.protocol.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A remote layer of a model: {@code blocks.3.gate_up}, or {@code lm_head}.
 *
 * @param kind what it computes
 * @param block transformer block, from 0; 0 for {@link LayerKind#LM_HEAD}
 */
public record LayerId(LayerKind kind, int block) {
    private static final Pattern BLOCK_LAYER = Pattern.compile("blocks\\.(0|[1-9][0-9]{0,4})\\.(qkv|o|gate_up|down)");

    public static final LayerId LM_HEAD = new LayerId(LayerKind.LM_HEAD, 0);

    public LayerId {
        if (block < 0 || (kind == LayerKind.LM_HEAD && block != 0)) {
            throw new IllegalArgumentException("block: got " + block + " for " + kind);
        }
    }

    @JsonCreator
    public static LayerId parse(String text) {
        if (text.equals(LayerKind.LM_HEAD.label())) {
            return LM_HEAD;
        }
        Matcher matcher = BLOCK_LAYER.matcher(text);
        if (matcher.matches()) {
            for (LayerKind kind : LayerKind.values()) {
                if (kind.label().equals(matcher.group(2))) {
                    return new LayerId(kind, Integer.parseInt(matcher.group(1)));
                }
            }
        }
        throw new PermanentException(Problem.of(ProblemCode.UNKNOWN_LAYER)
                .detail(
                        "layer: got '%s', expected 'lm_head' or 'blocks.<number>.<qkv|o|gate_up|down>'",
                        text.length() > 64 ? text.substring(0, 64) + "…" : text));
    }

    /** Every remote layer of a model in the order of a forward pass. */
    public static List<LayerId> all(LlamaConfig config) {
        List<LayerId> layers = new ArrayList<>();
        for (int block = 0; block < config.blocks(); block++) {
            for (LayerKind kind : List.of(LayerKind.QKV, LayerKind.O, LayerKind.GATE_UP, LayerKind.DOWN)) {
                layers.add(new LayerId(kind, block));
            }
        }
        layers.add(LM_HEAD);
        return layers;
    }

    @Override
    @JsonValue
    public String toString() {
        return kind == LayerKind.LM_HEAD ? kind.label() : "blocks." + block + "." + kind.label();
    }
}
