package io.veilora.functions.model;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;

/** Where a layer's files lie below a model's folder. */
final class LayerFiles {
    private LayerFiles() {}

    static String weights(LayerId layer) {
        return "weights/" + layer + ".int8";
    }

    static String hint(LayerId layer, Direction direction) {
        return "hints/" + layer + "." + direction.label() + ".hint";
    }
}
