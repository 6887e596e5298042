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
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * What a client has of a model: manifest, tokenizer, embedding, norms, scales and the kept hints, mapped from its folder, and
 * the other hints, streamed. Every file was checked against the manifest when {@link ModelDownload} stored it, every
 * streamed chunk is when it comes.
 */
public final class ModelBundle implements EncryptedLayers.Source, AutoCloseable {
    private final Path folder;
    private final ModelManifest manifest;
    private final Safetensors tensors;
    private final Set<HintId> kept;
    private final HintStream stream;
    private final Arena arena = Arena.ofShared();

    ModelBundle(Path folder, ModelManifest manifest, Safetensors tensors, Set<HintId> kept, HintStream stream) {
        this.folder = folder;
        this.manifest = manifest;
        this.tensors = tensors;
        this.kept = kept;
        this.stream = stream;
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
        return folder.resolve(manifest.clientFiles().get(name).path());
    }

    @Override
    public HintRows hint(LayerId layer, Direction direction) {
        HintId hint = new HintId(layer, direction);
        if (!kept.contains(hint)) {
            return stream.rows(hint);
        }
        Path file = folder.resolve(hint.file(manifest).path());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return HintRows.ofFile(
                    mapped, manifest.parameters(), manifest.layer(layer).answerFeatures(direction));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes of hints streamed up to now. */
    public long streamedHintBytes() {
        return stream.fetchedBytes();
    }

    @Override
    public float[] scales(LayerId layer) {
        RemoteLayer remote = manifest.layer(layer);
        Safetensors.Tensor scales = tensors.require(ModelManifest.scalesName(layer), remote.outputFeatures());
        if (!digest(scales.floats()).equals(remote.scalesSha256())) {
            throw new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                    .detail("the scales of layer %s do not have the digest of the manifest", layer)
                    .remedy("delete %s and download again", folder));
        }
        return scales.floats();
    }

    private static String digest(float[] values) {
        ValueLayout.OfFloat little = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        MemorySegment.copy(values, 0, bytes, little, 0, values.length);
        return Sha256.hex(bytes);
    }

    /** Unmaps everything; layers made from this bundle must not be used any more. */
    @Override
    public void close() {
        stream.close();
        tensors.close();
        arena.close();
    }
}
