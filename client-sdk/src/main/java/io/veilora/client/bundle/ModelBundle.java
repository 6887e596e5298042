package io.veilora.client.bundle;

import io.veilora.client.crypto.HintRows;
import io.veilora.client.linear.EncryptedLayers;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a client has of a model: manifest, tokenizer, embedding, norms, scales and the kept hints, mapped from its folder, and
 * the other hints, streamed. Every file was checked against the manifest when {@link ModelDownload} stored it, every
 * streamed chunk is when it comes.
 */
public final class ModelBundle implements EncryptedLayers.Source, AutoCloseable {
    private final ModelFolder folder;
    private final ModelManifest manifest;
    private final Safetensors tensors;
    private final Map<HintId, HintRows> kept;
    private final HintStream stream;
    private final Arena arena;

    private ModelBundle(
            ModelFolder folder, Safetensors tensors, Map<HintId, HintRows> kept, HintStream stream, Arena arena) {
        this.folder = folder;
        this.manifest = folder.manifest();
        this.tensors = tensors;
        this.kept = kept;
        this.stream = stream;
        this.arena = arena;
    }

    /**
     * Maps client tensors and kept hints; call it while nobody else changes the folder.
     *
     * @param stream closed with the bundle, or at an error
     */
    static ModelBundle open(ModelFolder folder, Set<HintId> kept, HintStream stream) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            Map<HintId, HintRows> rows = new HashMap<>();
            for (HintId hint : kept) {
                rows.put(hint, map(folder, hint, arena));
            }
            Safetensors tensors = Safetensors.open(folder.clientFile(ModelManifest.CLIENT_TENSORS));
            return new ModelBundle(folder, tensors, rows, stream, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            stream.close();
            throw e;
        }
    }

    private static HintRows map(ModelFolder folder, HintId hint, Arena arena) throws IOException {
        ModelManifest manifest = folder.manifest();
        int rows = manifest.layer(hint.layer()).answerFeatures(hint.direction());
        try (FileChannel channel = FileChannel.open(folder.hint(hint), StandardOpenOption.READ)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return HintRows.ofFile(file, manifest.parameters(), rows);
        }
    }

    public ModelManifest manifest() {
        return manifest;
    }

    /** Embedding and norms by their Hugging Face names. */
    public Safetensors tensors() {
        return tensors;
    }

    /** {@code config.json}, {@code tokenizer.json} and what else the manifest lists for clients. */
    public Path file(String name) {
        return folder.clientFile(name);
    }

    @Override
    public HintRows hint(LayerId layer, Direction direction) {
        HintId hint = new HintId(layer, direction);
        HintRows rows = kept.get(hint);
        return rows == null ? stream.rows(hint) : rows;
    }

    @Override
    public long keptHintBytes() {
        return kept.keySet().stream()
                .mapToLong(hint -> hint.file(manifest).bytes())
                .sum();
    }

    @Override
    public long streamedHintBytes() {
        return stream.fetchedBytes();
    }

    @Override
    public float[] scales(LayerId layer) {
        RemoteLayer remote = manifest.layer(layer);
        Safetensors.Tensor scales = tensors.require(ModelManifest.scalesName(layer), remote.outputFeatures());
        if (!Sha256.hexOfFloats(scales.floats()).equals(remote.scalesSha256())) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail("the scales of layer %s do not have the digest of the manifest", layer)
                    .remedy("delete %s and download again", folder.path()));
        }
        return scales.floats();
    }

    /** Unmaps everything; layers made from this bundle must not be used any more. */
    @Override
    public void close() {
        try (arena;
                tensors) {
            stream.close();
        }
    }
}
