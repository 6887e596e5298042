package io.veilora.protocol.model;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A model with the geometry of a real one and seeded random weights, for benchmarks: shapes, sizes and times are those of
 * the real model, what it says means nothing. The tokenizer knows bytes only. The same geometry and seed give the same
 * model everywhere.
 */
public final class SyntheticModel {
    /**
     * Names of the geometries, as real models have them; a slice with the layer shapes of one but two blocks and a small
     * vocabulary, imported in seconds; a tiny one; and those of a sweep, {@code llama-<width>x<blocks>}: Llama-3.2-1B's
     * proportions with a vocabulary of 16,384.
     */
    public static final List<String> GEOMETRIES = List.of(
            "llama-3.2-1b",
            "llama-3.2-3b",
            "llama-3.1-8b",
            "llama-3.2-1b-slice",
            "tiny",
            "llama-512x4",
            "llama-1024x2",
            "llama-1024x4",
            "llama-1024x8",
            "llama-2048x4");

    /** The seed of benchmarks: provider and client must have the same model. */
    public static final long BENCHMARK_SEED = 1;

    private SyntheticModel() {}

    /**
     * Opens a geometry; writes its configuration and tokenizer into {@code folder}.
     *
     * @throws PermanentException INVALID_INPUT for an unknown geometry
     */
    public static HuggingFaceFolder open(String geometry, long seed, Path folder) throws IOException {
        if (!GEOMETRIES.contains(geometry)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("geometry: got '%s', expected one of %s", geometry, String.join(", ", GEOMETRIES)));
        }
        Files.createDirectories(folder);
        copy(geometry + ".json", folder.resolve(HuggingFaceFolder.CONFIG));
        copy("tokenizer.json", folder.resolve(HuggingFaceFolder.TOKENIZER));
        return HuggingFaceFolder.open(folder, new SyntheticTensors(geometry, seed));
    }

    private static void copy(String resource, Path file) throws IOException {
        try (InputStream in = SyntheticModel.class.getResourceAsStream("geometry/" + resource)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
