package io.veilora.client.cli;

import io.veilora.client.bundle.HintPlan;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.text.ByteCount;
import java.util.ArrayList;
import java.util.List;

/** Says what a model takes on disk and in traffic before anything is downloaded. */
final class HintPlanText {
    private HintPlanText() {}

    static List<String> lines(ModelManifest manifest, HintPlan plan) {
        List<String> lines = new ArrayList<>();
        lines.add("model '%s': client files %s, hints %s; %s to download now"
                .formatted(
                        manifest.model(),
                        ByteCount.text(plan.clientBytes()),
                        ByteCount.text(plan.keptBytes() + plan.streamedBytes()),
                        ByteCount.text(plan.missingBytes())));
        if (plan.streamedBytes() > 0) {
            lines.add("  hints kept on disk: %s; streamed: up to %s for every 1,024 tokens of a batch"
                    .formatted(ByteCount.text(plan.keptBytes()), ByteCount.text(plan.streamedBytes())));
            lines.add("  with room for %s (--hint-quota, or another --cache) nothing would be streamed"
                    .formatted(ByteCount.text(plan.keptBytes() + plan.streamedBytes())));
        }
        return lines;
    }
}
