package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** The base model of a command. */
record OpenModel(BaseModel base) implements AutoCloseable {
    /** The adapter in {@code folder}, or none for null; says so on {@code err} if it names another base model. */
    Adapter adapter(Path folder, PrintWriter err) throws IOException {
        if (folder == null) {
            return Adapter.none();
        }
        Adapter adapter = PeftFiles.read(folder, base.config());
        String trainedOn = PeftFiles.readBaseModel(folder);
        if (!trainedOn.isEmpty() && !trainedOn.equals(base.name())) {
            err.printf(
                    "warning: %s was trained on '%s', this base model is '%s'; make sure that they are the same%n",
                    folder.resolve(PeftFiles.CONFIG), trainedOn, base.name());
            err.flush();
        }
        return adapter;
    }

    @Override
    public void close() throws IOException {
        base.close();
    }
}
