package io.veilora.functions.endtoend;

import io.veilora.client.BaseModel;
import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** The data owner's side as its command line builds it: connection, downloaded bundle, transport, encrypted model. */
record SampleClient(ProviderConnection connection, ModelBundle bundle, RecordingTransport transport, BaseModel base)
        implements AutoCloseable {

    static SampleClient connect(URI provider, String apiKey, Path cache, ConnectionListener listener)
            throws IOException {
        ProviderConnection connection = new ProviderConnection(provider, apiKey, Duration.ofMinutes(5), listener);
        ModelDownload download = new ModelDownload(connection, cache);
        ModelBundle bundle = download.open(download.manifest(SampleProvider.MODEL), (bytes, total) -> {});
        RecordingTransport transport = new RecordingTransport(new HttpStepTransport(connection, SampleProvider.MODEL));
        return new SampleClient(connection, bundle, transport, BaseModel.encrypted(bundle, transport));
    }

    @Override
    public void close() throws IOException {
        base.close();
        bundle.close();
        connection.close();
    }
}
