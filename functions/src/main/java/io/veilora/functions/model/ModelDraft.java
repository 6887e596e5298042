package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model that is being put together in a local folder, by one import at a time. What is neither published nor discarded
 * is found by the next draft of the same name. A store elsewhere takes files as they are finished.
 */
public interface ModelDraft extends AutoCloseable {
    /** Where its files go, at the paths that the manifest will name. May hold files of an interrupted import. */
    Path folder();

    /** Whether a hint stays in the folder until the end; if not it may be deleted when it is {@link #finished}. */
    boolean keepsHints();

    /** A file of the model is complete in the folder: a store elsewhere takes it, unless it has it. */
    void finished(StoredFile file) throws IOException;

    /** Whether a store elsewhere has taken this very file. */
    boolean holds(StoredFile file) throws IOException;

    /** Removes all files and starts over. */
    void empty() throws IOException;

    /**
     * Writes the manifest and makes the model visible under its name, in the place of an earlier one.
     *
     * @return where its files are now, as far as they are local
     */
    Path publish(ModelManifest manifest) throws IOException;

    /** Removes what was not published. */
    void discard() throws IOException;

    /** Lets other imports of this name run. */
    @Override
    void close() throws IOException;
}
