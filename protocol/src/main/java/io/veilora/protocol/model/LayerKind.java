package io.veilora.protocol.model;

import java.util.List;

/** The kinds of remote layer: projections that share an input travel as one (DESIGN §1). */
public enum LayerKind {
    QKV("qkv", List.of("q_proj", "k_proj", "v_proj")),
    O("o", List.of("o_proj")),
    GATE_UP("gate_up", List.of("gate_proj", "up_proj")),
    DOWN("down", List.of("down_proj")),
    LM_HEAD("lm_head", List.of("lm_head"));

    private final String label;
    private final List<String> projections;

    LayerKind(String label, List<String> projections) {
        this.label = label;
        this.projections = projections;
    }

    /** The word used in layer ids. */
    public String label() {
        return label;
    }

    /** The Hugging Face names of the projections stacked along the outputs, in order. */
    public List<String> projections() {
        return projections;
    }

    /** Output features of one of this kind's {@link #projections}. */
    public int outputFeatures(String projection, LlamaConfig config) {
        return switch (projection) {
            case "q_proj" -> config.queryFeatures();
            case "k_proj", "v_proj" -> config.keyValueFeatures();
            case "o_proj", "down_proj" -> config.hiddenSize();
            case "gate_proj", "up_proj" -> config.intermediateSize();
            case "lm_head" -> config.vocabularySize();
            default -> throw new IllegalArgumentException("no projection '" + projection + "' in " + this);
        };
    }

    /** Whether a bias is added to the product, at the client. */
    public boolean hasBias(LlamaConfig config) {
        return switch (this) {
            case QKV -> config.attention().inputBias();
            case O -> config.attention().outputBias();
            case GATE_UP, DOWN, LM_HEAD -> false;
        };
    }

    /** {@code d_in} of the stacked layer. */
    public int inputFeatures(LlamaConfig config) {
        return switch (this) {
            case QKV, GATE_UP, LM_HEAD -> config.hiddenSize();
            case O -> config.queryFeatures();
            case DOWN -> config.intermediateSize();
        };
    }

    /** {@code d_out} of the stacked layer. */
    public int outputFeatures(LlamaConfig config) {
        int features = 0;
        for (String projection : projections) {
            features += outputFeatures(projection, config);
        }
        return features;
    }
}
