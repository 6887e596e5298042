package io.veilora.functions.cli;

import io.smallrye.config.SmallRyeConfigBuilder;
import io.veilora.functions.ProviderConfig.Store;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ModelStore;
import io.veilora.functions.model.S3ModelStore;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Config;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --store} and {@code --data}: where a command finds the models. */
final class StoreOption {
    /** A command's model store. */
    record Models(ModelStore store, String place, AutoCloseable connection) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                connection.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException("the model store cannot be closed", e);
            }
        }
    }

    @Option(
            names = "--store",
            paramLabel = "STORE",
            defaultValue = "${env:VEILORA_STORE:-folder}",
            description = "folder below --data, or s3 as VEILORA_S3_ENDPOINT, VEILORA_S3_BUCKET and so on say"
                    + " (default: $$VEILORA_STORE or folder)")
    private Store store;

    @Mixin
    private DataOption data;

    Models open() throws IOException {
        if (store == Store.FOLDER) {
            return new Models(new FileModelStore(data.models()), data.models().toString(), () -> {});
        }
        S3Config s3 = s3();
        S3Bucket bucket = S3Bucket.of(s3);
        return new Models(
                new S3ModelStore(bucket, data.folder(), s3.cacheBytes(), Optional.empty()), bucket.toString(), bucket);
    }

    /** The server's own settings of that name, without a server: from the environment and system properties. */
    private static S3Config s3() {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .addSystemSources()
                .withMapping(S3Config.class)
                .build()
                .getConfigMapping(S3Config.class);
    }
}
