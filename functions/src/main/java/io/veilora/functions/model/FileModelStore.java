package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Models in a folder: {@code <root>/<model>/manifest.json} and the files it names. */
public final class FileModelStore implements ModelStore {
    private record Loaded(FileTime modified, ModelManifest manifest) {}

    private final Path root;
    private final Map<String, Loaded> manifests = new ConcurrentHashMap<>();

    public FileModelStore(Path root) throws IOException {
        this.root = Files.createDirectories(root);
    }

    @Override
    public List<ModelManifest> list() throws IOException {
        List<ModelManifest> models = new ArrayList<>();
        scan(models, new ArrayList<>());
        models.sort(Comparator.comparing(ModelManifest::model));
        return models;
    }

    @Override
    public List<Problem> unusable() throws IOException {
        List<Problem> problems = new ArrayList<>();
        scan(new ArrayList<>(), problems);
        return problems;
    }

    private void scan(List<ModelManifest> models, List<Problem> problems) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path folder : folders) {
                try {
                    find(folder.getFileName().toString()).ifPresent(models::add);
                } catch (PermanentException e) {
                    problems.add(e.problem());
                }
            }
        }
    }

    @Override
    public Optional<ModelManifest> find(String name) throws IOException {
        if (!ModelName.isValid(name)) {
            return Optional.empty();
        }
        Path file = root.resolve(name).resolve(ModelManifest.FILE_NAME);
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            Loaded loaded = manifests.get(name);
            if (loaded == null || !loaded.modified.equals(modified)) {
                loaded = new Loaded(modified, read(name, file));
                manifests.put(name, loaded);
            }
            return Optional.of(loaded.manifest);
        } catch (NoSuchFileException e) {
            manifests.remove(name);
            return Optional.empty();
        }
    }

    private static ModelManifest read(String name, Path file) throws IOException {
        ModelManifest manifest;
        try {
            manifest = ProtocolJson.MAPPER.readValue(Files.readAllBytes(file), ModelManifest.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw corrupt("%s is not a manifest", file);
        }
        manifest.requireConsistent();
        if (!name.equals(manifest.model())) {
            throw corrupt("%s is the manifest of model '%s'", file, manifest.model());
        }
        return manifest;
    }

    @Override
    public Path file(ModelManifest model, StoredFile file) throws IOException {
        Path folder = root.resolve(model.model());
        Path path = folder.resolve(file.path()).normalize();
        if (!path.startsWith(folder)) {
            throw corrupt("file '%s' of model '%s' lies outside its folder", file.path(), model.model());
        }
        long bytes = Files.isRegularFile(path) ? Files.size(path) : -1;
        if (bytes != file.bytes()) {
            throw corrupt(
                    "%s: %s, expected %d bytes", path, bytes < 0 ? "missing" : "got " + bytes + " bytes", file.bytes());
        }
        return path;
    }

    @Override
    public boolean has(ModelManifest model, StoredFile file) throws IOException {
        Path path = root.resolve(model.model()).resolve(file.path());
        return Files.isRegularFile(path) && Files.size(path) == file.bytes();
    }

    @Override
    public Optional<ImportOrigin> origin(String name) {
        return ImportOrigin.read(root.resolve(ModelName.require(name)));
    }

    @Override
    public ModelDraft draft(String name) throws IOException {
        return new FolderDraft(root, ModelName.require(name));
    }

    static PermanentException corrupt(String format, Object... arguments) {
        return new PermanentException(
                Problem.of(ProblemCode.CORRUPT_MODEL).detail(format, arguments).remedy("import the model again"));
    }
}
