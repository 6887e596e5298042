package io.veilora.functions.model;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.file.Path;

/**
 * What to import.
 *
 * @param source a Hugging Face model folder
 * @param name the model's name in URLs
 * @param epoch from 1; another one changes the public matrix of an unchanged model
 * @param replace whether another model of that name may be replaced; its clients' steps would then fail their check
 */
public record ImportRequest(Path source, String name, LatticeParameters parameters, int epoch, boolean replace) {
    public ImportRequest {
        ModelName.require(name);
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch: got " + epoch + ", expected at least 1");
        }
    }

    public static ImportRequest of(Path source, String name) {
        return new ImportRequest(source, name, LatticeParameters.MLWE_256x5, 1, false);
    }
}
