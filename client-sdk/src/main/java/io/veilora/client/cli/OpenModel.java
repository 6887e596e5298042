package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A base model and what must be closed after it. */
record OpenModel(BaseModel base, List<AutoCloseable> resources) implements AutoCloseable {
    OpenModel(BaseModel base, AutoCloseable... resources) {
        this(base, List.of(resources));
    }

    /** The adapter in {@code folder}, or none for null. */
    Adapter adapter(Path folder) throws IOException {
        return folder == null ? Adapter.none() : PeftFiles.read(folder, base.config());
    }

    @Override
    public void close() throws IOException {
        base.close();
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException("closing the model failed", e);
            }
        }
    }
}
