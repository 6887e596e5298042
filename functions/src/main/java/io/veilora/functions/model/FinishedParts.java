package io.veilora.functions.model;

import io.veilora.functions.model.LayerQuantizer.Quantized;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an import has finished so far, noted in its draft, so that an interrupted one goes on. A note is written after its
 * file and believed only if the file has the digest in the note: a machine may have stopped between the two. A hint that a
 * store elsewhere has taken need not be here any more.
 */
final class FinishedParts {
    private static final String NOTES = ".finished";

    private record HintNote(String modelDigest, StoredFile hint, byte[] chunkDigests) {}

    private final ModelDraft draft;
    private final Path notes;

    private FinishedParts(ModelDraft draft) throws IOException {
        this.draft = draft;
        this.notes = Files.createDirectories(draft.folder().resolve(NOTES));
    }

    /** The parts of a draft that was begun from {@code origin}; a draft of anything else starts over. */
    static FinishedParts of(ModelDraft draft, ImportOrigin origin) throws IOException {
        if (!ImportOrigin.read(draft.folder()).equals(Optional.of(origin))) {
            draft.empty();
            origin.write(draft.folder());
        }
        return new FinishedParts(draft);
    }

    Optional<Quantized> layer(LayerId id) throws IOException {
        Optional<RemoteLayer> noted = read(id + ".json", RemoteLayer.class);
        Path scales = notes.resolve(id + ".scales");
        if (noted.isEmpty() || !isThere(noted.get().weights()) || !Files.exists(scales)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(scales);
        if (!Sha256.hex(bytes).equals(noted.get().scalesSha256())) {
            return Optional.empty();
        }
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return Optional.of(new Quantized(noted.get(), values));
    }

    void finished(Quantized quantized) throws IOException {
        LayerId id = quantized.layer().id();
        float[] scales = quantized.scales();
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * scales.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(scales);
        Files.write(notes.resolve(id + ".scales"), bytes.array());
        write(id + ".json", quantized.layer());
    }

    /** The hint, if it was made of the very weights of {@code model}. */
    Optional<HintFile> hint(ModelManifest model, RemoteLayer layer, Direction direction) throws IOException {
        Optional<HintNote> noted = read(hintNote(layer.id(), direction), HintNote.class);
        if (noted.isEmpty() || !model.modelDigest().equals(noted.get().modelDigest)) {
            return Optional.empty();
        }
        StoredFile stored = noted.get().hint;
        if (!Files.exists(draft.folder().resolve(stored.path()))) {
            boolean taken = noted.get().chunkDigests != null && draft.holds(stored);
            return taken ? Optional.of(new HintFile(stored, noted.get().chunkDigests)) : Optional.empty();
        }
        HintFile hint = HintFile.of(draft.folder(), stored.path(), model.hintChunks(layer, direction));
        return hint.stored().equals(stored) ? Optional.of(hint) : Optional.empty();
    }

    void finished(ModelManifest model, LayerId id, Direction direction, HintFile hint) throws IOException {
        write(hintNote(id, direction), new HintNote(model.modelDigest(), hint.stored(), hint.chunkDigests()));
    }

    private static String hintNote(LayerId id, Direction direction) {
        return id + "." + direction.label() + ".json";
    }

    private boolean isThere(StoredFile file) throws IOException {
        Path path = draft.folder().resolve(file.path());
        return Files.exists(path)
                && Files.size(path) == file.bytes()
                && Sha256.hex(path).equals(file.sha256());
    }

    private <T> Optional<T> read(String name, Class<T> type) {
        try {
            return Optional.of(ProtocolJson.MAPPER.readValue(Files.readAllBytes(notes.resolve(name)), type));
        } catch (IOException e) {
            return Optional.empty(); // none, or cut off: the part is made again
        }
    }

    private void write(String name, Object note) throws IOException {
        Files.write(notes.resolve(name), ProtocolJson.MAPPER.writeValueAsBytes(note));
    }

    /** Removes the notes from a model that is published: until then they are needed to go on. */
    static void forget(Path model) throws IOException {
        FolderDraft.delete(model.resolve(NOTES));
    }
}
