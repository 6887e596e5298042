package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model that is being put together in a local folder, by one import at a time. What is neither published nor discarded
 * is found by the next draft of the same name.
 */
public interface ModelDraft extends AutoCloseable {
    /** Where its files go, at the paths that the manifest will name. May hold files of an interrupted import. */
    Path folder();

    /** Removes all files and starts over. */
    void empty() throws IOException;

    /**
     * Writes the manifest and makes the model visible under its name, in the place of an earlier one.
     *
     * @return where its files are now
     */
    Path publish(ModelManifest manifest) throws IOException;

    /** Removes the folder, unless it was published. */
    void discard() throws IOException;

    /** Lets other imports of this name run. */
    @Override
    void close() throws IOException;
}
