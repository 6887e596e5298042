package io.veilora.functions;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.functions.model.S3ModelStore;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Server;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** As {@link ProviderResource}, with an S3 server for its stores. */
public final class S3ProviderResource implements QuarkusTestResourceLifecycleManager {
    private static final String FOLDER = "s3";

    private final ProviderResource provider = new ProviderResource();
    private S3Server server;

    /** Where the objects lie as files. @param data the provider's data folder */
    static Path objects(Path data) {
        return data.resolve(FOLDER).resolve(S3Server.BUCKET).resolve(S3Server.PREFIX);
    }

    @Override
    public Map<String, String> start() {
        Map<String, String> settings = new HashMap<>(provider.start());
        try {
            Path data = Path.of(settings.get("veilora.data"));
            server = new S3Server(data.resolve(FOLDER), 0).start();
            importModel(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        settings.put("veilora.store", "s3");
        settings.put("veilora.s3.endpoint", server.url().toString());
        settings.put("veilora.s3.bucket", S3Server.BUCKET);
        settings.put("veilora.s3.presigned-urls", "true");
        settings.put("veilora.s3.prefix", S3Server.PREFIX);
        settings.put("veilora.s3.path-style", "true");
        settings.put("veilora.s3.access-key-id", S3Server.ACCESS_KEY_ID);
        settings.put("veilora.s3.secret-access-key", S3Server.SECRET_ACCESS_KEY);
        return settings;
    }

    private void importModel(Path data) throws IOException {
        try (S3Bucket bucket = S3Bucket.of(server.config())) {
            new ModelImporter(
                            new S3ModelStore(bucket, data.resolve("importer"), 1 << 30, Optional.empty()),
                            new ScalarGemm())
                    .run(ImportRequest.of(data.resolve("source"), ProviderResource.MODEL), ImportProgress.SILENT);
        }
    }

    @Override
    public void stop() {
        provider.stop();
        if (server != null) {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
