package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.EncryptedTensor;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that come in pieces, too long, too slowly or not to their end; what they leave in the store. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderUploadTest {
    private static final String PATH =
            StepApi.stepPath(ProviderResource.MODEL, LayerId.parse("blocks.0.qkv"), Direction.FORWARD);
    private static final String NOTHING_HERE =
            StepApi.stepPath("nothing", LayerId.parse("blocks.0.qkv"), Direction.FORWARD);

    @TestHTTPResource
    URI server;

    @Inject
    ProviderConfig config;

    private final HttpClient http = HttpClient.newHttpClient();
    private List<Path> before;

    @BeforeEach
    void look() throws IOException {
        before = blobs();
    }

    @Test
    void aBodyWithoutALengthIsAnswered() throws Exception {
        byte[] body = Words.request(1, ProviderResource.MAX_TOKENS, TinyModel.HIDDEN);
        HttpResponse<byte[]> answer = send(PATH, chunked(body));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).hasSizeGreaterThan(EncryptedTensor.HEADER_BYTES);
    }

    @Test
    void aBodyLongerThanTheLayersLimitIsRefusedAndNotKept() throws Exception {
        byte[] tooLong = Words.request(2, ProviderResource.MAX_TOKENS + 256, TinyModel.HIDDEN);
        for (BodyPublisher body : List.of(chunked(tooLong), BodyPublishers.ofByteArray(tooLong))) {
            HttpResponse<byte[]> answer = send(PATH, body);
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("TOO_LARGE");
        }
        assertThat(blobs()).isEqualTo(before);
    }

    @Test
    void aDamagedBodyIsRefusedAndNotKept() throws Exception {
        byte[] body = Words.request(3, 256, TinyModel.HIDDEN);
        body[body.length - 1] ^= 1;
        HttpResponse<byte[]> answer = send(PATH, BodyPublishers.ofByteArray(body));
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("DIGEST_MISMATCH");
        assertThat(blobs()).isEqualTo(before);
    }

    @Test
    void anUploadThatBreaksOffLeavesNoBlobBehind() throws Exception {
        byte[] body = Words.request(4, 1024, TinyModel.HIDDEN);
        try (Socket connection = halfSent(body)) {
            awaitBlobs(before.size() + 1); // the draft
        }
        awaitBlobs(before.size());
        assertThat(blobs()).isEqualTo(before);
    }

    @Test
    void aSenderThatPausesTooLongIsToldAndLeavesNoBlobBehind() throws Exception {
        byte[] body = Words.request(5, 1024, TinyModel.HIDDEN);
        try (Socket connection = halfSent(body)) {
            connection.setSoTimeout(30_000);
            byte[] head = connection.getInputStream().readNBytes(12);
            assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 400");
        }
        awaitBlobs(before.size());
    }

    @Test
    void aRefusedUploadDoesNotSpoilTheConnectionForTheNextStep() throws Exception {
        byte[] body = Words.request(6, ProviderResource.MAX_TOKENS, TinyModel.HIDDEN);
        for (int i = 0; i < 4; i++) {
            assertThat(send(NOTHING_HERE, BodyPublishers.ofByteArray(body)).statusCode())
                    .isEqualTo(404);
            assertThat(send(PATH, BodyPublishers.ofByteArray(body)).statusCode())
                    .isEqualTo(200);
        }
    }

    private HttpResponse<byte[]> send(String path, BodyPublisher body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(server.resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + ProviderResource.ALICE)
                .header("Content-Type", EncryptedTensor.MEDIA_TYPE)
                .header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .timeout(Duration.ofSeconds(30))
                .POST(body)
                .build();
        return http.send(request, BodyHandlers.ofByteArray());
    }

    private static BodyPublisher chunked(byte[] body) {
        return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
    }

    /** A connection on which the head and half of the body were sent. */
    private Socket halfSent(byte[] body) throws IOException {
        Socket connection = new Socket(server.getHost(), server.getPort());
        String head =
                "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n%s: %s\r\nContent-Length: %d\r\n\r\n"
                        .formatted(
                                PATH,
                                ProviderResource.ALICE,
                                EncryptedTensor.MEDIA_TYPE,
                                StepApi.IDEMPOTENCY_KEY,
                                UUID.randomUUID(),
                                body.length);
        OutputStream out = connection.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body, 0, body.length / 2);
        out.flush();
        return connection;
    }

    private void awaitBlobs(int count) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (blobs().size() != count) {
            assertThat(System.nanoTime()).as("%s", blobs()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    private List<Path> blobs() throws IOException {
        Path folder = Files.createDirectories(config.data().resolve("blobs"));
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (UncheckedIOException e) { // a draft went while we looked
            return blobs();
        }
    }
}
