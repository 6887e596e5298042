package io.veilora.functions.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a store, and how it is reached. */
class S3BucketTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    Path temporary;

    @Test
    void aStoreThatKnowsConditionalWritesIsTakenAndKeepsNothingOfTheProbe() throws IOException {
        try (S3Server server = new S3Server(temporary, 0).start();
                S3Bucket bucket = S3Bucket.of(server.config())) {
            assertThatCode(bucket::requireConditionalWrites).doesNotThrowAnyException();
            bucket.list("", entry -> {
                throw new AssertionError(entry.name());
            });
        }
    }

    @Test
    void aStoreThatIgnoresTheConditionIsRefused() throws IOException {
        HttpServer careless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        careless.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        careless.start();
        URI url = URI.create("http://127.0.0.1:" + careless.getAddress().getPort());
        try (S3Bucket bucket = S3Bucket.of(S3Server.config(url))) {
            assertThatThrownBy(bucket::requireConditionalWrites).hasMessageContaining("If-None-Match");
        } finally {
            careless.stop(0);
        }
    }

    @Test
    void aStoreWithACertificateOfItsOwnIsReachedOverTlsWithItsCaFileOnly() throws Exception {
        Path keys = temporary.resolve("keys.p12");
        Path pem = temporary.resolve("ca.pem");
        keytool("-genkeypair -alias store -keyalg EC -dname CN=localhost -ext san=ip:127.0.0.1", keys);
        keytool("-exportcert -rfc -alias store -file " + pem, keys);
        Path folder = temporary.resolve("objects");
        Files.createDirectories(folder.resolve(S3Server.BUCKET));
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(folder.toString()))
                .secureEndpoint(URI.create("https://127.0.0.1:0"))
                .keyStore(keys.toString(), PASSWORD)
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, S3Server.ACCESS_KEY_ID, S3Server.SECRET_ACCESS_KEY)
                .build();
        server.start();
        URI url = URI.create("https://127.0.0.1:" + server.getSecurePort());
        try (S3Bucket trusting = S3Bucket.of(S3Server.config(url, Optional.of(pem)));
                S3Bucket strict = S3Bucket.of(S3Server.config(url))) {
            assertThat(trusting.putIfAbsent("a", MemorySegment.ofArray(new byte[] {1, 2})))
                    .isTrue();
            assertThat(trusting.get("a"))
                    .hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(1, 2));
            assertThatThrownBy(() -> strict.get("a")).isInstanceOf(IOException.class);
        } finally {
            server.stop();
        }
    }

    private static void keytool(String arguments, Path store) throws Exception {
        String command = Path.of(System.getProperty("java.home"), "bin", "keytool") + " " + arguments + " -keystore "
                + store + " -storetype PKCS12 -storepass " + PASSWORD;
        Process keytool =
                new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
    }
}
