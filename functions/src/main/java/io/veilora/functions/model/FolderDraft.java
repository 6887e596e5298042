package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A draft beside the models, {@code <root>/.draft-<name>-<random>}, renamed when it is complete. A draft that an
 * interrupted import left is never taken for a model (a name cannot start with a dot) and goes with the next draft of
 * that name.
 */
final class FolderDraft implements ModelDraft {
    private final Path root;
    private final String name;
    private final Path folder;

    FolderDraft(Path root, String name) throws IOException {
        this.root = root;
        this.name = name;
        removeLeftovers();
        this.folder = Files.createDirectory(hidden());
    }

    private Path hidden() {
        return root.resolve(prefix() + UUID.randomUUID());
    }

    private String prefix() {
        return ".draft-" + name + "@";
    }

    private void removeLeftovers() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(
                root, entry -> entry.getFileName().toString().startsWith(prefix()))) {
            for (Path leftover : leftovers) {
                delete(leftover);
            }
        }
    }

    @Override
    public Path folder() {
        return folder;
    }

    @Override
    public void publish(ModelManifest manifest) throws IOException {
        byte[] json = ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest);
        Files.write(folder.resolve(ModelManifest.FILE_NAME), json);
        Path target = root.resolve(name);
        if (Files.exists(target)) {
            Path replaced = hidden();
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
            delete(replaced);
        } else {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    @Override
    public void close() throws IOException {
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
