package io.veilora.client.bundle;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import java.util.ArrayList;
import java.util.List;

/** One of the two hints of a remote layer. */
public record HintId(LayerId layer, Direction direction) {
    /** All hints of a model: layer by layer, forward before backward. */
    static List<HintId> all(ModelManifest manifest) {
        List<HintId> hints = new ArrayList<>();
        manifest.layers().forEach(layer -> {
            for (Direction direction : Direction.values()) {
                hints.add(new HintId(layer.id(), direction));
            }
        });
        return hints;
    }

    StoredFile file(ModelManifest manifest) {
        return manifest.layer(layer).hint(direction);
    }

    /** Training never asks what lies before the first block (DESIGN §1), so this hint is used only by who asks for it. */
    boolean isUsedByTraining() {
        return layer.block() > 0 || layer.kind() != LayerKind.QKV || direction == Direction.FORWARD;
    }
}
