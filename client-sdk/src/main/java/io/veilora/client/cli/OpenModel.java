package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import java.io.IOException;
import java.nio.file.Path;

/** The base model of a command. */
record OpenModel(BaseModel base) implements AutoCloseable {
    /** The adapter in {@code folder}, or none for null. */
    Adapter adapter(Path folder) throws IOException {
        return folder == null ? Adapter.none() : PeftFiles.read(folder, base.config());
    }

    @Override
    public void close() throws IOException {
        base.close();
    }
}
