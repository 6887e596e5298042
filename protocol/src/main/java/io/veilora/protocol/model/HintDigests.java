package io.veilora.protocol.model;

import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.Sha256;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The file {@link ModelManifest#HINT_DIGESTS}: for every remote layer in the manifest's order, forward then backward, the
 * SHA-256 of every chunk of its hint ({@link HintChunks}), 32 bytes each. The manifest holds the digest of this file, so it
 * vouches for every chunk; some 90 kB for Llama-3.2-1B.
 */
public final class HintDigests {
    private record Hint(LayerId layer, Direction direction) {}

    private final byte[] file;
    private final Map<Hint, Integer> firstChunk = new HashMap<>();

    /**
     * @param file the whole file, its digest checked
     * @throws PermanentException {@link ProblemCode#CORRUPT_MODEL} if it has another length
     */
    public HintDigests(ModelManifest manifest, byte[] file) {
        this.file = file;
        int chunks = 0;
        for (RemoteLayer layer : manifest.layers()) {
            for (Direction direction : Direction.values()) {
                firstChunk.put(new Hint(layer.id(), direction), chunks);
                chunks += manifest.hintChunks(layer, direction).count();
            }
        }
        if (file.length != chunks * Sha256.BYTES) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail(
                            "model '%s', %s: got %d bytes, expected %d for %d chunks",
                            manifest.model(), ModelManifest.HINT_DIGESTS, file.length, chunks * Sha256.BYTES, chunks)
                    .remedy("import the model again"));
        }
    }

    /** Whether {@code bytes} are that chunk of that hint. */
    public boolean match(LayerId layer, Direction direction, int chunk, byte[] bytes) {
        int at = (firstChunk.get(new Hint(layer, direction)) + chunk) * Sha256.BYTES;
        byte[] digest = Sha256.of(MemorySegment.ofArray(bytes));
        return Arrays.equals(digest, 0, Sha256.BYTES, file, at, at + Sha256.BYTES);
    }
}
