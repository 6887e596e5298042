package io.veilora.functions.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where and how the S3-compatible store is reached; read only where {@code veilora.store=s3}. */
@ConfigMapping(prefix = "veilora.s3")
public interface S3Config {
    /** The store's URL; without one, Amazon's for {@link #region}. */
    Optional<URI> endpoint();

    @WithDefault("us-east-1")
    String region();

    /** The bucket, which exists already. */
    Optional<String> bucket();

    /** What every object's name begins with, such as {@code veilora/}. */
    Optional<String> prefix();

    /** Whether the bucket stands in the path of a URL and not in its host, as most stores other than Amazon's want it. */
    @WithDefault("false")
    boolean pathStyle();

    /** With {@link #secretAccessKey}; without both, what the SDK finds: environment, profile, service account. */
    Optional<String> accessKeyId();

    Optional<String> secretAccessKey();

    /** Certificates (PEM) to be trusted in place of the JVM's, for a store with a certificate of one's own. */
    Optional<Path> caFile();

    /** How long the store may be silent before a call fails and is tried again. */
    @WithDefault("10s")
    Duration timeout();

    /** Larger objects are sent in parts of this size, at least 5 MiB. */
    @WithDefault("67108864")
    long partBytes();

    /** Disk for local copies of models' files, below the data folder; the least recently used leave first. */
    @WithDefault("34359738368")
    long cacheBytes();

    /** Whether clients that can are sent to the store itself for answers, hints and client files. */
    @WithDefault("false")
    boolean presignedUrls();

    /** The store's URL as clients reach it, if it is another one than {@link #endpoint}. */
    Optional<URI> publicEndpoint();

    /** How long such a URL is good for. */
    @WithDefault("10m")
    Duration urlExpiry();
}
