package io.veilora.functions.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Bucket.Changed;
import io.veilora.functions.store.S3Urls;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Models in an S3-compatible store, with a bounded local cache of their files. A model's manifest is
 * {@code models/<name>/manifest.json}; its files lie beside it under their digests, so a manifest that is replaced changes
 * from one whole model to the next. What it was imported from lies under the digest of the manifest.
 */
public final class S3ModelStore implements ModelStore {
    static final String MODELS = "models/";

    /** How long a manifest is taken as it was; a replaced model is seen everywhere after that. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private record Loaded(String etag, String sha256, ModelManifest manifest, long nanos) {
        boolean isFresh() {
            return System.nanoTime() - nanos < FRESH.toNanos();
        }
    }

    private final S3Bucket bucket;
    private final FileCache cache;
    private final Path imports;
    private final Optional<S3Urls> urls;
    private final Map<String, Loaded> manifests = new ConcurrentHashMap<>();

    /**
     * @param folder local, for the cache and for imports under way
     * @param cacheBytes bound of the cache
     * @param urls if clients are to fetch from the store itself
     */
    public S3ModelStore(S3Bucket bucket, Path folder, long cacheBytes, Optional<S3Urls> urls) throws IOException {
        this.bucket = bucket;
        this.urls = urls;
        this.cache = new FileCache(folder.resolve("model-cache"), cacheBytes);
        this.imports = folder.resolve("imports");
    }

    @Override
    public List<ModelManifest> list() throws IOException {
        List<ModelManifest> models = new ArrayList<>();
        scan(models, new ArrayList<>());
        return models;
    }

    @Override
    public List<Problem> unusable() throws IOException {
        List<Problem> problems = new ArrayList<>();
        scan(new ArrayList<>(), problems);
        return problems;
    }

    private void scan(List<ModelManifest> models, List<Problem> problems) throws IOException {
        String end = "/" + ModelManifest.FILE_NAME;
        List<String> names = new ArrayList<>();
        bucket.list(MODELS, entry -> {
            if (entry.name().endsWith(end)) {
                names.add(entry.name().substring(MODELS.length(), entry.name().length() - end.length()));
            }
        });
        for (String name : names) {
            try {
                find(name).ifPresent(models::add);
            } catch (PermanentException e) {
                problems.add(e.problem());
            }
        }
    }

    @Override
    public Optional<ModelManifest> find(String name) throws IOException {
        return load(name, true).map(Loaded::manifest);
    }

    /** @param cached whether a manifest that was just seen will do */
    private Optional<Loaded> load(String name, boolean cached) throws IOException {
        if (!ModelName.isValid(name)) {
            return Optional.empty();
        }
        Loaded known = manifests.get(name);
        if (known != null && cached && known.isFresh()) {
            return Optional.of(known);
        }
        Optional<Changed> found =
                bucket.getIfChanged(folder(name) + ModelManifest.FILE_NAME, known == null ? null : known.etag);
        if (found.isEmpty()) {
            manifests.remove(name);
            return Optional.empty();
        }
        Changed manifest = found.get();
        Loaded loaded = manifest.bytes() == null
                ? new Loaded(known.etag, known.sha256, known.manifest, System.nanoTime())
                : new Loaded(
                        manifest.etag(),
                        Sha256.hex(manifest.bytes()),
                        parse(name, manifest.bytes()),
                        System.nanoTime());
        manifests.put(name, loaded);
        return Optional.of(loaded);
    }

    private static ModelManifest parse(String name, byte[] json) throws IOException {
        ModelManifest manifest;
        try {
            manifest = ProtocolJson.MAPPER.readValue(json, ModelManifest.class);
        } catch (JsonProcessingException e) {
            throw FileModelStore.corrupt("the manifest of model '%s' is not one", name);
        }
        manifest.requireConsistent();
        if (!name.equals(manifest.model())) {
            throw FileModelStore.corrupt("the manifest of model '%s' is that of '%s'", name, manifest.model());
        }
        return manifest;
    }

    @Override
    public Path file(ModelManifest model, StoredFile file) throws IOException {
        return cache.get(file, target -> bucket.download(object(model.model(), file), target));
    }

    @Override
    public Optional<URI> url(ModelManifest model, StoredFile file) {
        return urls.map(presigned -> presigned.get(object(model.model(), file)));
    }

    @Override
    public boolean has(ModelManifest model, StoredFile file) throws IOException {
        return bucket.bytes(object(model.model(), file)).orElse(-1) == file.bytes();
    }

    @Override
    public Optional<ImportOrigin> origin(String name) throws IOException {
        Optional<Loaded> model = load(ModelName.require(name), false);
        Optional<byte[]> json =
                model.isPresent() ? bucket.get(originObject(name, model.get().sha256)) : Optional.empty();
        return json.flatMap(ImportOrigin::parse);
    }

    @Override
    public ModelDraft draft(String name) throws IOException {
        return new S3Draft(bucket, new FolderDraft(imports, ModelName.require(name)), name);
    }

    static String folder(String name) {
        return MODELS + name + "/";
    }

    /** Where a file of a model lies in the bucket. */
    static String object(String name, StoredFile file) {
        return folder(name) + file.sha256();
    }

    static String originObject(String name, String manifestSha256) {
        return folder(name) + "import-" + manifestSha256 + ".json";
    }
}
