package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The imported models: a folder here, an S3-compatible store with a local cache in a cluster. A model is there as a
 * whole or not at all.
 */
public interface ModelStore {
    /** All models that can be served, by name. */
    List<ModelManifest> list() throws IOException;

    /** Why other models cannot be served: a damaged manifest, or one of another release. */
    List<Problem> unusable() throws IOException;

    /** The manifest of that name, or empty; a name of a wrong form is no model's. */
    Optional<ModelManifest> find(String name) throws IOException;

    /**
     * A local copy of one of a model's files.
     *
     * @throws io.veilora.protocol.problem.PermanentException CORRUPT_MODEL if it is missing or has another size
     */
    Path file(ModelManifest model, StoredFile file) throws IOException;

    /** A URL from which the file can be fetched for a while by whoever has it; empty if the store has none. */
    default Optional<URI> url(ModelManifest model, StoredFile file) {
        return Optional.empty();
    }

    /** Whether one of a model's files is there with its size, without a copy of it. */
    boolean has(ModelManifest model, StoredFile file) throws IOException;

    /** What the model of that name was imported from, or empty if that is not known. */
    Optional<ImportOrigin> origin(String name) throws IOException;

    /** A place to put a new model together; nobody sees it before {@link ModelDraft#publish}. */
    ModelDraft draft(String name) throws IOException;
}
