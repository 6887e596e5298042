package io.veilora.protocol.model;

import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The model digest: SHA-256 over one line for the configuration file and one for every remote layer in order, each with the
 * digests of its parts. It stands for a base model wherever that lies: every import of the same folder has it, under any
 * name, epoch and parameter set, and the folder itself has it too, for int8 weights and scales follow from the floats. It
 * does not cover embedding, norms and biases, which belong to the client ({@link ModelManifest#clientDigest}).
 */
public final class ModelDigest {
    private final StringBuilder lines = new StringBuilder("veilora/model/v1\n");

    /** @param configSha256 of {@link HuggingFaceFolder#CONFIG}, byte for byte */
    ModelDigest(String configSha256) {
        lines.append("config ").append(configSha256).append('\n');
    }

    /**
     * The digest of a folder, the one that its manifest has after an import. Reads and rounds every weight: seconds for a
     * model of a billion.
     */
    public static String of(HuggingFaceFolder folder) throws IOException {
        ModelDigest digest = new ModelDigest(Sha256.hex(folder.folder().resolve(HuggingFaceFolder.CONFIG)));
        for (LayerId layer : LayerId.all(folder.config())) {
            RoundedLayer rounded = RoundedLayer.of(folder.rows(layer), (values, count) -> {});
            digest.add(
                    layer,
                    rounded.outputFeatures(),
                    rounded.inputFeatures(),
                    rounded.weightsSha256(),
                    Sha256.hexOfFloats(rounded.scales()));
        }
        return digest.hex();
    }

    void add(LayerId layer, int outputFeatures, int inputFeatures, String weightsSha256, String scalesSha256) {
        lines.append(layer).append(' ');
        lines.append(outputFeatures).append(' ');
        lines.append(inputFeatures).append(' ');
        lines.append(weightsSha256).append(' ');
        lines.append(scalesSha256).append('\n');
    }

    String hex() {
        return Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
}
