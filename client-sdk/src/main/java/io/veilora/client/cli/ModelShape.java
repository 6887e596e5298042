package io.veilora.client.cli;

import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.model.LlamaConfig;
import java.io.IOException;

/** What is needed of a model to look at data: no weights. */
record ModelShape(LlamaConfig config, Tokenizer tokenizer, AutoCloseable resource) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        try {
            resource.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("closing the model failed", e);
        }
    }
}
