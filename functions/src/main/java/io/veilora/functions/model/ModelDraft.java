package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Path;

/** A model that is being put together in a local folder. Closing it unpublished removes it. */
public interface ModelDraft extends AutoCloseable {
    /** Where its files go, at the paths that the manifest will name. */
    Path folder();

    /** Writes the manifest and makes the model visible under its name, in the place of an earlier one. */
    void publish(ModelManifest manifest) throws IOException;

    @Override
    void close() throws IOException;
}
