package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.AnswerBits;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
