package io.veilora.functions.model;

import io.veilora.functions.store.S3Bucket;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A draft that goes into the bucket as it grows: every finished file at once, a hint's local copy then goes, the manifest last.
 * Weights stay local until the end, for hints are made of them. Two imports of one name at once are kept apart on one machine
 * only.
 */
final class S3Draft implements ModelDraft {
    private final S3Bucket bucket;
    private final FolderDraft local;
    private final String name;

    S3Draft(S3Bucket bucket, FolderDraft local, String name) {
        this.bucket = bucket;
        this.local = local;
        this.name = name;
    }

    @Override
    public Path folder() {
        return local.folder();
    }

    @Override
    public void empty() throws IOException {
        local.empty();
    }

    @Override
    public boolean keepsHints() {
        return false;
    }

    @Override
    public void finished(StoredFile file) throws IOException {
        if (!holds(file)) {
            upload(S3ModelStore.object(name, file), folder().resolve(file.path()));
        }
    }

    @Override
    public boolean holds(StoredFile file) throws IOException {
        return bucket.bytes(S3ModelStore.object(name, file)).orElse(-1) == file.bytes();
    }

    private void upload(String object, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofShared()) {
            bucket.put(object, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        }
    }

    @Override
    public Path publish(ModelManifest manifest) throws IOException {
        for (StoredFile file : manifest.files()) {
            finished(file);
        }
        byte[] json = ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest);
        String origin = S3ModelStore.originObject(name, Sha256.hex(json));
        upload(origin, ImportOrigin.file(folder()));
        bucket.put(S3ModelStore.folder(name) + ModelManifest.FILE_NAME, MemorySegment.ofArray(json));
        deleteAllBut(kept(json));
        local.discard();
        return folder();
    }

    /** The objects of the model with this manifest. */
    private Set<String> kept(byte[] json) throws IOException {
        Set<String> kept = new HashSet<>();
        kept.add(S3ModelStore.folder(name) + ModelManifest.FILE_NAME);
        kept.add(S3ModelStore.originObject(name, Sha256.hex(json)));
        for (StoredFile file :
                ProtocolJson.MAPPER.readValue(json, ModelManifest.class).files()) {
            kept.add(S3ModelStore.object(name, file));
        }
        return kept;
    }

    /** Files of a model that was replaced, and of imports that never came to their end. */
    private void deleteAllBut(Set<String> kept) throws IOException {
        List<String> others = new ArrayList<>();
        bucket.list(S3ModelStore.folder(name), entry -> {
            if (!kept.contains(entry.name())) {
                others.add(entry.name());
            }
        });
        for (String other : others) {
            bucket.delete(other);
        }
    }

    @Override
    public void discard() throws IOException {
        Optional<byte[]> present = bucket.get(S3ModelStore.folder(name) + ModelManifest.FILE_NAME);
        deleteAllBut(present.isPresent() ? kept(present.get()) : Set.of());
        local.discard();
    }

    @Override
    public void close() throws IOException {
        local.close();
    }
}
