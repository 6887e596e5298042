package io.veilora.client.bundle;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where one model's files lie in the cache: client files right in its folder, hints in {@code layers} under names of our own.
 * The folder's name holds the digest of the weights, the epoch and the digest of {@link ModelManifest#HINT_DIGESTS}, and every
 * hint in it matched those digests when it was stored. So two manifests share hints only when they agree on every byte of them.
 */
record ModelFolder(Path path, ModelManifest manifest) {
    private static final String PART = ".part";

    /** @param cache absolute and normalized */
    static ModelFolder of(Path cache, ModelManifest manifest) {
        String hints = manifest.clientFiles().get(ModelManifest.HINT_DIGESTS).sha256();
        if (!hints.matches("[0-9a-f]{64}")) {
            throw corrupt("the digest of " + ModelManifest.HINT_DIGESTS + " is no SHA-256");
        }
        String name = manifest.modelDigest().substring(0, 16) + "-" + manifest.epoch() + "-" + hints.substring(0, 32);
        return new ModelFolder(cache.resolve(name), manifest);
    }

    Path hint(HintId hint) {
        return path.resolve("layers")
                .resolve(hint.layer() + "." + hint.direction().label() + ".hint");
    }

    /** @param name as in {@link ModelManifest#clientFiles} */
    Path clientFile(String name) {
        StoredFile file = manifest.clientFiles().get(name);
        Path local = path.resolve(file.path()).normalize();
        if (!path.equals(local.getParent())
                || local.getFileName().toString().startsWith(".")
                || local.getFileName().toString().endsWith(PART)) {
            throw corrupt("it names a client file outside the model's folder, or one that cannot lie there");
        }
        return local;
    }

    boolean hasHint(HintId hint) {
        return isThere(hint(hint), hint.file(manifest));
    }

    private boolean hasClientFile(String name) {
        return isThere(clientFile(name), manifest.clientFiles().get(name));
    }

    /** Files that were downloaded before, the manifest's entries of them. */
    Set<StoredFile> present() {
        Set<StoredFile> present = new HashSet<>();
        for (HintId hint : HintId.all(manifest)) {
            if (hasHint(hint)) {
                present.add(hint.file(manifest));
            }
        }
        for (String name : manifest.clientFiles().keySet()) {
            if (hasClientFile(name)) {
                present.add(manifest.clientFiles().get(name));
            }
        }
        return present;
    }

    /** Where a file's bytes lie until all have come and were checked. */
    static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + PART);
    }

    /**
     * Deletes client files that are not the manifest's: those of an earlier import of the same weights, such as another
     * tokenizer, or a chat template that there is no more. The text package finds files by their names.
     */
    void deleteForeignClientFiles() throws IOException {
        Set<Path> named = new HashSet<>();
        for (String name : manifest.clientFiles().keySet()) {
            Path file = clientFile(name);
            named.addAll(List.of(file, part(file)));
            if (hasClientFile(name)
                    && !Sha256.hex(file).equals(manifest.clientFiles().get(name).sha256())) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!named.contains(file) && !file.getFileName().toString().startsWith(".")) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Deletes a hint and what was fetched of it. */
    void deleteHint(HintId hint) throws IOException {
        Files.deleteIfExists(hint(hint));
        Files.deleteIfExists(part(hint(hint)));
    }

    private static boolean isThere(Path path, StoredFile file) {
        try {
            return Files.exists(path) && Files.size(path) == file.bytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PermanentException corrupt(String reason) {
        return new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                .detail("the manifest is wrong: %s", reason)
                .remedy("ask the provider to import the model again"));
    }
}
