package io.veilora.functions.model;

import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a client needs besides hints: the embedding, norms and biases as they stand in the source, the scales of every
 * remote layer, the configuration and the tokenizer.
 */
final class ClientFiles {
    private static final List<String> OPTIONAL =
            List.of("tokenizer_config.json", "generation_config.json", "chat_template.jinja");

    private final HuggingFaceFolder source;
    private final Path folder;
    private final SafetensorsWriter tensors = new SafetensorsWriter().metadata("format", "veilora-client-v1");

    ClientFiles(HuggingFaceFolder source, Path folder) {
        this.source = source;
        this.folder = folder;
        HuggingFaceFolder.clientTensors(source.config())
                .forEach((name, shape) -> tensors.add(source.tensors().require(name, shape)));
    }

    void addScales(LayerId layer, float[] scales) {
        tensors.add(ModelManifest.scalesName(layer), scales, scales.length);
    }

    /** The files of {@code source} that clients get as they are. */
    static List<String> copied(Path source) {
        List<String> names = new ArrayList<>(List.of(ModelManifest.CONFIG, ModelManifest.TOKENIZER));
        OPTIONAL.stream()
                .filter(name -> Files.isRegularFile(source.resolve(name)))
                .forEach(names::add);
        return names;
    }

    /** Writes all of them. @return by path below the model's folder */
    Map<String, StoredFile> write() throws IOException {
        Map<String, StoredFile> files = new TreeMap<>();
        tensors.write(folder.resolve(ModelManifest.CLIENT_TENSORS));
        files.put(ModelManifest.CLIENT_TENSORS, describe(folder, ModelManifest.CLIENT_TENSORS));
        for (String name : copied(source.folder())) {
            Files.copy(source.folder().resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            files.put(name, describe(folder, name));
        }
        return files;
    }

    static StoredFile describe(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        return new StoredFile(name, Files.size(file), Sha256.hex(file));
    }
}
