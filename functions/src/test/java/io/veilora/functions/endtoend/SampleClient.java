package io.veilora.functions.endtoend;

import io.veilora.client.BaseModel;
import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** The data owner's side as its command line builds it: connection, downloaded bundle, transport, encrypted model. */
record SampleClient(ProviderConnection connection, ModelBundle bundle, RecordingTransport transport, BaseModel base)
        implements AutoCloseable {

    static SampleClient connect(URI provider, String apiKey, Path cache, ConnectionListener listener)
            throws IOException {
        return connect(
                new ProviderConnection(provider, apiKey, Duration.ofMinutes(5), listener), cache, OptionalLong.empty());
    }

    static SampleClient connect(ProviderConnection connection, Path cache, OptionalLong hintQuota) throws IOException {
        ModelDownload download = new ModelDownload(connection, cache);
        ModelManifest manifest = download.manifest(SampleProvider.MODEL);
        ModelBundle bundle = download.open(manifest, download.plan(manifest, hintQuota), (bytes, total) -> {});
        RecordingTransport transport = new RecordingTransport(new HttpStepTransport(connection, manifest));
        return new SampleClient(connection, bundle, transport, BaseModel.encrypted(bundle, transport));
    }

    @Override
    public void close() throws IOException {
        base.close();
        bundle.close();
        connection.close();
    }
}
