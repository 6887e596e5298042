package io.veilora.functions.model;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a model was made from, kept beside it: equal origins give equal models, so an import whose origin is there already
 * has nothing to do, and one that was interrupted may go on.
 *
 * @param format of the importer's files; another one starts over
 * @param source SHA-256 over the digests of all files that are read
 */
public record ImportOrigin(int format, String source, LatticeParameters parameters, int epoch) {
    private static final int FORMAT = 1;
    private static final String FILE_NAME = "import.json";

    /** Reads all of the source: contents count, not dates, which a copy may keep or change. */
    static ImportOrigin of(HuggingFaceFolder source, ImportRequest request) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String name : ClientFiles.copied(source.folder())) {
            lines.append(name)
                    .append(' ')
                    .append(Sha256.hex(source.folder().resolve(name)))
                    .append('\n');
        }
        lines.append(source.tensors().fingerprint());
        String digest = Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8));
        return new ImportOrigin(FORMAT, digest, request.parameters(), request.epoch());
    }

    /** The origin of the model in {@code folder}, or empty if there is none that can be read. */
    static Optional<ImportOrigin> read(Path folder) {
        try {
            return parse(Files.readAllBytes(file(folder)));
        } catch (IOException e) {
            return Optional.empty(); // missing: then nothing is known
        }
    }

    static Optional<ImportOrigin> parse(byte[] json) {
        try {
            return Optional.of(ProtocolJson.MAPPER.readValue(json, ImportOrigin.class));
        } catch (IOException e) {
            return Optional.empty(); // damaged
        }
    }

    /** Where the origin of the model in {@code folder} is written. */
    static Path file(Path folder) {
        return folder.resolve(FILE_NAME);
    }

    void write(Path folder) throws IOException {
        Files.write(file(folder), ProtocolJson.MAPPER.writeValueAsBytes(this));
    }
}
