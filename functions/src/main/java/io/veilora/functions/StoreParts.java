package io.veilora.functions;

import io.veilora.functions.ProviderConfig.Store;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ModelStore;
import io.veilora.functions.model.S3ModelStore;
import io.veilora.functions.store.BlobExpiry;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.functions.store.S3BlobStore;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Config;
import io.veilora.functions.store.S3Urls;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Where models and blobs are. The S3 client is not loaded where {@code veilora.store} is {@code folder}. */
final class StoreParts {
    private static final Logger LOG = Logger.getLogger(StoreParts.class);

    @Produces
    @Singleton
    S3Bucket bucket(S3Config config) throws IOException {
        S3Bucket bucket = S3Bucket.of(config);
        try {
            bucket.requireConditionalWrites();
        } catch (IOException e) {
            LOG.warn("the object store does not answer yet: whether it knows conditional writes is not checked", e);
        }
        return bucket;
    }

    void stop(@Disposes S3Bucket bucket) {
        bucket.close();
    }

    @Produces
    @Singleton
    S3Urls urls(S3Config config) {
        return new S3Urls(config);
    }

    void stop(@Disposes S3Urls urls) {
        urls.close();
    }

    private static Optional<S3Urls> wanted(S3Config config, Instance<S3Urls> urls) {
        return config.presignedUrls() ? Optional.of(urls.get()) : Optional.empty();
    }

    @Produces
    @Singleton
    ModelStore models(ProviderConfig config, S3Config s3, Instance<S3Bucket> bucket, Instance<S3Urls> urls)
            throws IOException {
        return config.store() == Store.FOLDER
                ? new FileModelStore(config.data().resolve("models"))
                : new S3ModelStore(bucket.get(), config.data(), s3.cacheBytes(), wanted(s3, urls));
    }

    @Produces
    @Singleton
    BlobStore blobs(ProviderConfig config, S3Config s3, Instance<S3Bucket> bucket, Instance<S3Urls> urls)
            throws IOException {
        return config.store() == Store.FOLDER
                ? new FileBlobStore(config.data().resolve("blobs"))
                : new S3BlobStore(bucket.get(), config.data().resolve("scratch"), wanted(s3, urls));
    }

    @Produces
    @Singleton
    BlobExpiry expiry(BlobStore blobs) {
        return new BlobExpiry(blobs);
    }
}
