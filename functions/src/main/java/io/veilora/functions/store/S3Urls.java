package io.veilora.functions.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Presigned URLs: each lets whoever has it read one object for a while, and nothing else, so that a client can fetch its
 * bytes from the store itself. They are as good as the bytes: never logged.
 */
public final class S3Urls implements AutoCloseable {
    private final S3Presigner presigner;
    private final S3Config config;

    public S3Urls(S3Config config) {
        this.config = config;
        S3Presigner.Builder builder = S3Presigner.builder()
                .region(Region.of(config.region()))
                .credentialsProvider(S3Clients.credentials(config))
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(config.pathStyle())
                        .build());
        config.publicEndpoint().or(config::endpoint).ifPresent(builder::endpointOverride);
        presigner = builder.build();
    }

    /** How long a URL is good for. */
    public Duration expiry() {
        return config.urlExpiry();
    }

    /** A URL to get an object that is there. */
    public URI get(String name) {
        String bucket = config.bucket().orElseThrow();
        String key = config.prefix().orElse("") + name;
        try {
            return presigner
                    .presignGetObject(presigned -> presigned
                            .signatureDuration(config.urlExpiry())
                            .getObjectRequest(get -> get.bucket(bucket).key(key)))
                    .url()
                    .toURI();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the SDK made a URL that is none", e);
        }
    }

    @Override
    public void close() {
        presigner.close();
    }
}
