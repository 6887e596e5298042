package io.veilora.client.bundle;

import io.veilora.client.linear.EncryptedLayers;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.HintCodec;
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

/**
 * What a client keeps of a model, mapped from its folder: manifest, tokenizer, embedding, norms, scales, hints. Every
 * file was checked against the manifest when {@link ModelDownload} stored it.
 */
public final class ModelBundle implements EncryptedLayers.Source, AutoCloseable {
    private final Path folder;
    private final ModelManifest manifest;
    private final Safetensors tensors;
    private final Arena arena = Arena.ofShared();

    ModelBundle(Path folder, ModelManifest manifest, Safetensors tensors) {
        this.folder = folder;
        this.manifest = manifest;
        this.tensors = tensors;
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
    public MemorySegment hint(LayerId layer, Direction direction) {
        RemoteLayer remote = manifest.layer(layer);
        Path file = folder.resolve(remote.hint(direction).path());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment hint = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            HintCodec.requireHeader(hint, manifest.parameters(), remote.answerFeatures(direction));
            return hint;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        tensors.close();
        arena.close();
    }
}
