package io.veilora.protocol.model;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.wire.HintCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Consistent manifests of models whose files do not exist. */
final class Manifests {
    private Manifests() {}

    static LlamaConfig config(int blocks) {
        return new LlamaConfig(53, 16, 23, blocks, 4, 2, 6, 1e-5, 10000, 64, false);
    }

    static StoredFile file(String path) {
        return new StoredFile(
                path, path.length(), "%02x".formatted(path.length()).repeat(32));
    }

    private static StoredFile hint(LayerId id, Direction direction, int rows) {
        String path = "layers/" + id + "/" + direction.label() + ".hint";
        return new StoredFile(path, HintCodec.fileBytes(LatticeParameters.MLWE_256x5, rows), "0e".repeat(32));
    }

    static List<RemoteLayer> layers(LlamaConfig config) {
        List<RemoteLayer> layers = new ArrayList<>();
        for (LayerId id : LayerId.all(config)) {
            layers.add(new RemoteLayer(
                    id,
                    id.kind().inputFeatures(config),
                    id.kind().outputFeatures(config),
                    300.5,
                    200.25,
                    file("layers/" + id + "/weights.i8"),
                    "0f".repeat(32),
                    hint(id, Direction.FORWARD, id.kind().outputFeatures(config)),
                    hint(id, Direction.BACKWARD, id.kind().inputFeatures(config))));
        }
        return layers;
    }

    static Map<String, StoredFile> clientFiles() {
        Map<String, StoredFile> files = new TreeMap<>();
        for (String name : List.of(
                ModelManifest.CONFIG,
                ModelManifest.TOKENIZER,
                ModelManifest.CLIENT_TENSORS,
                ModelManifest.HINT_DIGESTS)) {
            files.put(name, file("client/" + name));
        }
        return files;
    }

    static ModelManifest manifest() {
        LlamaConfig config = config(2);
        return of(ModelManifest.FORMAT_VERSION, config, layers(config), clientFiles());
    }

    /** With the digest that follows from its parts. */
    static ModelManifest of(
            int version, LlamaConfig config, List<RemoteLayer> layers, Map<String, StoredFile> clientFiles) {
        String digest =
                ModelManifest.digestOf(file("client/" + ModelManifest.CONFIG).sha256(), layers);
        return new ModelManifest(version, "tiny", LatticeParameters.MLWE_256x5, 3, digest, config, layers, clientFiles);
    }
}
