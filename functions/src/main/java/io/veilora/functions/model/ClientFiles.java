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
import java.util.Map;
import java.util.TreeMap;

/**
 * What a client needs besides hints: the embedding and the norms as they stand in the source, the scales of every remote
 * layer, the configuration and the tokenizer.
 */
final class ClientFiles {
    private static final String[] OPTIONAL = {"tokenizer_config.json", "generation_config.json", "chat_template.jinja"};

    private final HuggingFaceFolder source;
    private final Path folder;
    private final SafetensorsWriter tensors = new SafetensorsWriter().metadata("format", "veilora-client-v1");

    ClientFiles(HuggingFaceFolder source, Path folder) {
        this.source = source;
        this.folder = folder;
        tensors.add(source.embedding());
        for (int block = 0; block < source.config().blocks(); block++) {
            tensors.add(source.inputNorm(block)).add(source.postAttentionNorm(block));
        }
        tensors.add(source.finalNorm());
    }

    void addScales(LayerId layer, float[] scales) {
        tensors.add(ModelManifest.scalesName(layer), scales, scales.length);
    }

    /** Writes all of them. @return by path below the model's folder */
    Map<String, StoredFile> write() throws IOException {
        Map<String, StoredFile> files = new TreeMap<>();
        tensors.write(folder.resolve(ModelManifest.CLIENT_TENSORS));
        describe(ModelManifest.CLIENT_TENSORS, files);
        copy(ModelManifest.CONFIG, files);
        copy(ModelManifest.TOKENIZER, files);
        for (String name : OPTIONAL) {
            if (Files.isRegularFile(source.folder().resolve(name))) {
                copy(name, files);
            }
        }
        return files;
    }

    private void copy(String name, Map<String, StoredFile> files) throws IOException {
        Files.copy(source.folder().resolve(name), folder.resolve(name));
        describe(name, files);
    }

    private void describe(String name, Map<String, StoredFile> files) throws IOException {
        Path file = folder.resolve(name);
        files.put(name, new StoredFile(name, Files.size(file), Sha256.hex(file)));
    }
}
