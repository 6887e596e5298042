package io.veilora.client.bundle;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which hints of a model are kept on disk; all others are streamed at each use. An optimizer step needs every hint once, in
 * the same order each time, so a cache that replaces old by new would miss always: a fixed set is kept instead, and every
 * kept byte saves a byte of traffic a step. Forward hints go first, for evaluation and generation need only those.
 *
 * @param kept what fits the quota
 * @param keptBytes size of the kept hints on disk
 * @param streamedBytes traffic of one forward and backward pass for hints that are not kept
 * @param clientBytes files that every client has
 * @param missingBytes what is still to be downloaded, client files and kept hints
 */
public record HintPlan(Set<HintId> kept, long keptBytes, long streamedBytes, long clientBytes, long missingBytes) {

    /** @param isThere whether a file was downloaded before */
    static HintPlan of(ModelManifest manifest, long quotaBytes, Predicate<StoredFile> isThere) {
        List<HintId> candidates = HintId.all(manifest).stream()
                .filter(HintId::isUsedByTraining)
                .sorted(Comparator.comparing((HintId hint) -> !isThere.test(hint.file(manifest)))
                        .thenComparing(hint -> hint.direction() == Direction.BACKWARD)
                        .thenComparing(hint -> -hint.file(manifest).bytes()))
                .toList();
        Set<HintId> kept = new LinkedHashSet<>();
        long keptBytes = 0;
        long streamedBytes = 0;
        long missingBytes = 0;
        for (HintId hint : candidates) {
            StoredFile file = hint.file(manifest);
            if (keptBytes + file.bytes() > quotaBytes) {
                streamedBytes += file.bytes();
                continue;
            }
            kept.add(hint);
            keptBytes += file.bytes();
            missingBytes += isThere.test(file) ? 0 : file.bytes();
        }
        long clientBytes = 0;
        for (StoredFile file : manifest.clientFiles().values()) {
            clientBytes += file.bytes();
            missingBytes += isThere.test(file) ? 0 : file.bytes();
        }
        return new HintPlan(kept, keptBytes, streamedBytes, clientBytes, missingBytes);
    }

    /** Bytes on disk when all is there. */
    public long diskBytes() {
        return clientBytes + keptBytes;
    }
}
