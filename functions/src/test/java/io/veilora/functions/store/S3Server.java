package io.veilora.functions.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * A real S3 server (s3proxy) over a folder on a loopback port, with one bucket. It can be stopped and started again on the
 * same port. As a process of its own: {@code java -cp … io.veilora.functions.store.S3Server FOLDER PORT}.
 */
public final class S3Server implements AutoCloseable {
    public static final String BUCKET = "veilora";
    /** Of every object's name. */
    public static final String PREFIX = "test/";

    public static final String ACCESS_KEY_ID = "test-access-key";
    public static final String SECRET_ACCESS_KEY = "test-secret-key";

    // Held, or the level would be forgotten with the logger.
    private static final Logger LOG = Logger.getLogger("org.gaul");

    static {
        LOG.setLevel(Level.WARNING);
    }

    private final Path folder;
    private int port;
    private S3Proxy server;

    /** @param port 0 for any free one */
    public S3Server(Path folder, int port) throws IOException {
        this.folder = folder;
        this.port = port;
        Files.createDirectories(bucketFolder());
    }

    /** Prints the URL once it listens, and serves until the process is ended. */
    public static void main(String... arguments) throws Exception {
        try (S3Server server = new S3Server(Path.of(arguments[0]), Integer.parseInt(arguments[1])).start()) {
            System.out.println(server.url());
            new CountDownLatch(1).await();
        }
    }

    public S3Server start() throws IOException {
        server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(folder.toString()))
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
                .stopTimeout(0)
                .build();
        try {
            server.start();
        } catch (Exception e) {
            throw new IOException("the S3 server does not start", e);
        }
        port = server.getPort();
        return this;
    }

    /** Ends it, also in the middle of a request. */
    public void stop() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("the S3 server does not stop", e);
        }
    }

    public int port() {
        return port;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Where the objects lie as files. */
    public Path bucketFolder() {
        return folder.resolve(BUCKET);
    }

    /** The configuration that leads to this server. */
    public S3Config config() {
        return config(url());
    }

    /** As {@link #config()}, by another way, such as a proxy on this machine. */
    public static S3Config config(URI endpoint) {
        return config(endpoint, Optional.empty());
    }

    static S3Config config(URI endpoint, Optional<Path> caFile) {
        return new Settings(endpoint, caFile);
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    private record Settings(URI url, Optional<Path> caFile) implements S3Config {
        @Override
        public Optional<URI> endpoint() {
            return Optional.of(url);
        }

        @Override
        public String region() {
            return "us-east-1";
        }

        @Override
        public Optional<String> bucket() {
            return Optional.of(BUCKET);
        }

        @Override
        public Optional<String> prefix() {
            return Optional.of(PREFIX);
        }

        @Override
        public boolean pathStyle() {
            return true;
        }

        @Override
        public Optional<String> accessKeyId() {
            return Optional.of(ACCESS_KEY_ID);
        }

        @Override
        public Optional<String> secretAccessKey() {
            return Optional.of(SECRET_ACCESS_KEY);
        }

        @Override
        public Duration timeout() {
            return Duration.ofSeconds(1);
        }

        /** S3's smallest. */
        @Override
        public long partBytes() {
            return 5 << 20;
        }

        @Override
        public long cacheBytes() {
            return 1 << 30;
        }

        @Override
        public boolean presignedUrls() {
            return false;
        }

        @Override
        public Optional<URI> publicEndpoint() {
            return Optional.empty();
        }

        @Override
        public Duration urlExpiry() {
            return Duration.ofMinutes(1);
        }
    }
}
