package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The same provider with its models and blobs in an S3 server: clients see no difference. */
@QuarkusTest
@WithTestResource(S3ProviderResource.class)
class ProviderOverS3Test {
    private static final LayerId QKV = LayerId.parse("blocks.0.qkv");
    private static final String PATH = StepApi.stepPath(ProviderResource.MODEL, QKV, Direction.FORWARD);

    @TestHTTPResource
    URI server;

    @Inject
    ModelStore models;

    @Inject
    AgroalDataSource dataSource;

    @Inject
    ProviderConfig config;

    @Test
    void aStepIsAnsweredAlsoASecondTimeAndToAPollAndChargedOnce() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] body = Words.request(1, 512, TinyModel.HIDDEN);
        byte[] expected = Words.answer(body, layer(), Direction.FORWARD, AnswerBits.BITS_16, modelFolder());
        assertThat(StepClient.send(PATH, stepId, body).asByteArray()).isEqualTo(expected);
        assertThat(StepClient.send(PATH, stepId, body).asByteArray()).isEqualTo(expected);
        Response polled = StepClient.as(ProviderResource.ALICE).get(StepApi.pollPath(stepId));
        assertThat(polled.asByteArray()).isEqualTo(expected);
        assertThat(StepClient.send(PATH, stepId, Words.request(2, 512, TinyModel.HIDDEN))
                        .statusCode())
                .isEqualTo(409);
        assertThat(new TestLedger(dataSource).rows(stepId)).isOne();
        Path objects = S3ProviderResource.objects(config.data());
        assertThat(files(objects.resolve("claims/alice"))).contains(stepId.toString());
        assertThat(files(objects.resolve("blobs/alice"))).contains(stepId + ".answer");
    }

    @Test
    void modelsHintsAndClientFilesAreServedFromTheStore() throws IOException {
        ModelManifest model = models.find(ProviderResource.MODEL).orElseThrow();
        StepClient.as(ProviderResource.ALICE)
                .get(StepApi.manifestPath(ProviderResource.MODEL))
                .then()
                .statusCode(200)
                .body("modelDigest", equalTo(model.modelDigest()));
        StoredFile hint = model.layer(QKV).forwardHint();
        byte[] part = StepClient.as(ProviderResource.ALICE)
                .header("Range", "bytes=100-299")
                .get(StepApi.filePath(ProviderResource.MODEL, hint.path()))
                .then()
                .statusCode(206)
                .extract()
                .asByteArray();
        byte[] whole = Files.readAllBytes(modelFolder().resolve(hint.path()));
        assertThat(part).isEqualTo(Arrays.copyOfRange(whole, 100, 300));
        assertThat(files(config.data().resolve("model-cache"))).contains(hint.sha256());
    }

    @Test
    void aClientThatFollowsGetsItsAnswerFromTheStoreAndNobodyElseDoes() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] body = Words.request(5, 256, TinyModel.HIDDEN);
        byte[] expected = Words.answer(body, layer(), Direction.FORWARD, AnswerBits.BITS_16, modelFolder());
        Response sent = StepClient.as(ProviderResource.ALICE)
                .redirects()
                .follow(false)
                .header(StepApi.FOLLOWS, StepApi.FOLLOWS_STORE)
                .header(StepApi.IDEMPOTENCY_KEY, stepId.toString())
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(body)
                .post(PATH);
        assertThat(sent.statusCode()).isEqualTo(303);
        assertThat(StepTiming.ofHeader(sent.header(StepApi.SERVER_TIMING)).total())
                .isPositive();
        String url = sent.header("Location");
        assertThat(get(url).body()).isEqualTo(expected);
        assertThat(get(url.replace(".answer", ".request")).statusCode()).isEqualTo(403);
        assertThat(get(url.substring(0, url.indexOf('?'))).statusCode()).isEqualTo(403);
    }

    @Test
    void theClientsOwnTransportFollowsForAnswersAndHints() throws Exception {
        try (ProviderConnection connection = new ProviderConnection(
                server, ProviderResource.ALICE, Duration.ofSeconds(20), ConnectionListener.SILENT)) {
            ModelManifest model = models.find(ProviderResource.MODEL).orElseThrow();
            byte[] body = Words.request(6, 256, TinyModel.HIDDEN);
            StepAnswer answer = ProviderConnection.await(new HttpStepTransport(connection, model)
                    .send(new StepRequest(UUID.randomUUID(), QKV, Direction.FORWARD, AnswerBits.BITS_16, body)));
            assertThat(answer.timing().total()).isPositive();
            assertThat(answer.tensor().toBytes())
                    .isEqualTo(Words.answer(body, layer(), Direction.FORWARD, AnswerBits.BITS_16, modelFolder()));
            StoredFile hint = model.layer(QKV).backwardHint();
            HttpResponse<byte[]> part = ProviderConnection.await(connection.sendOnce(
                    connection
                            .request(StepApi.filePath(ProviderResource.MODEL, hint.path()))
                            .header("Range", "bytes=7-1006")
                            .GET()
                            .build(),
                    BodyHandlers.ofByteArray()));
            assertThat(part.previousResponse()).hasValueSatisfying(redirect -> assertThat(redirect.statusCode())
                    .isEqualTo(303));
            assertThat(part.headers().firstValue("Content-Range")).contains("bytes 7-1006/" + hint.bytes());
            byte[] whole = Files.readAllBytes(modelFolder().resolve(hint.path()));
            assertThat(part.body()).isEqualTo(Arrays.copyOfRange(whole, 7, 1007));
        }
    }

    private static HttpResponse<byte[]> get(String url) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofByteArray());
        }
    }

    @Test
    void nothingOfAStepStaysOnTheGatewaysDisk() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] body = Words.request(3, 1024, TinyModel.HIDDEN);
        assertThat(StepClient.send(PATH, stepId, body).statusCode()).isEqualTo(200);
        assertThat(StepClient.send(PATH, stepId, Words.request(4, 256, 7)).statusCode())
                .isEqualTo(400);
        // The end of an answer is noticed a moment after the client has it.
        long end = System.nanoTime() + 5_000_000_000L;
        Path scratch = config.data().resolve("scratch");
        while (!files(scratch).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(files(scratch)).isEmpty();
        assertThat(config.data().resolve("blobs")).doesNotExist();
    }

    private RemoteLayer layer() throws IOException {
        return models.find(ProviderResource.MODEL).orElseThrow().layer(QKV);
    }

    private Path modelFolder() {
        return config.data().resolve("models").resolve(ProviderResource.MODEL);
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
