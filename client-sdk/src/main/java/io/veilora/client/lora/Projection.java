package io.veilora.client.lora;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.Arrays;

/** A matrix of a transformer block that can carry a LoRA branch; several may travel as one remote layer (DESIGN §1). */
public enum Projection {
    Q(LayerKind.QKV, "q_proj", "self_attn"),
    K(LayerKind.QKV, "k_proj", "self_attn"),
    V(LayerKind.QKV, "v_proj", "self_attn"),
    O(LayerKind.O, "o_proj", "self_attn"),
    GATE(LayerKind.GATE_UP, "gate_proj", "mlp"),
    UP(LayerKind.GATE_UP, "up_proj", "mlp"),
    DOWN(LayerKind.DOWN, "down_proj", "mlp");

    private final LayerKind layer;
    private final String label;
    private final String parent;

    Projection(LayerKind layer, String label, String parent) {
        this.layer = layer;
        this.label = label;
        this.parent = parent;
    }

    /** The projection with this Hugging Face name. */
    @JsonCreator
    public static Projection ofLabel(String label) {
        return Arrays.stream(values())
                .filter(projection -> projection.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("LoRA target: got '" + label + "', expected one of "
                        + Arrays.stream(values()).map(Projection::label).toList()));
    }

    /** Hugging Face's name: {@code q_proj} … {@code down_proj}. */
    @JsonValue
    public String label() {
        return label;
    }

    /** The name inside a block: {@code self_attn.q_proj}, {@code mlp.up_proj}. */
    public String module() {
        return parent + "." + label;
    }

    /** The kind of remote layer it is stacked in. */
    public LayerKind layer() {
        return layer;
    }

    /** Its remote layer in a block. */
    public LayerId layerId(int block) {
        return new LayerId(layer, block);
    }

    /** {@code d_in}. */
    public int inputFeatures(LlamaConfig config) {
        return layer.inputFeatures(config);
    }

    /** {@code d_out} of this projection alone. */
    public int outputFeatures(LlamaConfig config) {
        return layer.outputFeatures(label, config);
    }

    /** The column of the stacked layer's output where this projection begins. */
    public int firstOutput(LlamaConfig config) {
        int column = 0;
        for (String other : layer.projections()) {
            if (other.equals(label)) {
                return column;
            }
            column += layer.outputFeatures(other, config);
        }
        throw new IllegalStateException(label + " is not in " + layer);
    }
}
