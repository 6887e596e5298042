package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Steps over HTTP, Kafka and the stores, as a client sees them. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderStepTest {
    private static final LayerId QKV = LayerId.parse("blocks.0.qkv");

    @Inject
    ModelStore models;

    @Inject
    AgroalDataSource dataSource;

    @Inject
    MeterRegistry metrics;

    @Inject
    ProviderConfig config;

    @Test
    void everyLayerAnswersInBothDirectionsWithTheScalarProduct() throws IOException {
        int seed = 0;
        for (RemoteLayer layer : models.find("tiny").orElseThrow().layers()) {
            for (Direction direction : Direction.values()) {
                byte[] body = Words.request(seed++, 256, layer.requestFeatures(direction));
                Response response = StepClient.send(path(layer.id(), direction), UUID.randomUUID(), body);
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.contentType()).isEqualTo(EncryptedTensor.MEDIA_TYPE);
                assertThat(response.asByteArray()).isEqualTo(expected(body, layer, direction, AnswerBits.BITS_16));
                StepTiming timing = StepTiming.ofHeader(response.header(StepApi.SERVER_TIMING));
                assertThat(timing.total()).isGreaterThanOrEqualTo(timing.gemm()).isPositive();
            }
        }
    }

    @Test
    void aStrictClientGetsAll32Bits() throws IOException {
        byte[] body = Words.request(5, 512, TinyModel.HIDDEN);
        Response response = StepClient.as(ProviderResource.ALICE)
                .header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .header(StepApi.ANSWER_BITS, "32")
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(body)
                .post(path(QKV, Direction.FORWARD));
        assertThat(response.asByteArray()).isEqualTo(expected(body, layer(QKV), Direction.FORWARD, AnswerBits.BITS_32));
    }

    @Test
    void parallelStepsAreStackedAndEachAnswerIsRight() throws Exception {
        List<Future<Response>> responses = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < 64; i++) {
                byte[] body = Words.request(1000 + i, 1024, TinyModel.HIDDEN);
                responses.add(clients.submit(
                        () -> StepClient.send(path(LayerId.LM_HEAD, Direction.FORWARD), UUID.randomUUID(), body)));
            }
        }
        for (int i = 0; i < responses.size(); i++) {
            byte[] body = Words.request(1000 + i, 1024, TinyModel.HIDDEN);
            assertThat(responses.get(i).get().asByteArray())
                    .isEqualTo(expected(body, layer(LayerId.LM_HEAD), Direction.FORWARD, AnswerBits.BITS_16));
        }
        assertThat(metrics.summary("veilora.step.batch.fill").max()).isGreaterThan(1);
    }

    @Test
    void aRepeatedStepGetsTheIdenticalAnswerAndOneLedgerRow() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] body = Words.request(7, 256, TinyModel.HIDDEN);
        byte[] first =
                StepClient.send(path(QKV, Direction.FORWARD), stepId, body).asByteArray();
        byte[] second =
                StepClient.send(path(QKV, Direction.FORWARD), stepId, body).asByteArray();
        byte[] polled = StepClient.as(ProviderResource.ALICE)
                .get(StepApi.pollPath(stepId))
                .asByteArray();
        assertThat(second).isEqualTo(first).isEqualTo(polled);
        assertThat(new TestLedger(dataSource).rows(stepId)).isOne();
    }

    @Test
    void aStepIdIsForOneBodyOnly() {
        UUID stepId = UUID.randomUUID();
        StepClient.send(path(QKV, Direction.FORWARD), stepId, Words.request(8, 256, TinyModel.HIDDEN));
        StepClient.send(path(QKV, Direction.FORWARD), stepId, Words.request(9, 256, TinyModel.HIDDEN))
                .then()
                .statusCode(409)
                .contentType(Problem.MEDIA_TYPE)
                .body("code", equalTo("STEP_CONFLICT"), "stepId", equalTo(stepId.toString()));
    }

    @Test
    void anotherTenantsStepIsNotFound() {
        UUID stepId = UUID.randomUUID();
        StepClient.send(path(QKV, Direction.FORWARD), stepId, Words.request(10, 256, TinyModel.HIDDEN));
        String theirs = StepClient.as(ProviderResource.BOB)
                .get(StepApi.pollPath(stepId))
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_STEP"))
                .extract()
                .asString();
        UUID nobodys = UUID.randomUUID();
        String unknown = StepClient.as(ProviderResource.BOB)
                .get(StepApi.pollPath(nobodys))
                .asString();
        assertThat(theirs.replace(stepId.toString(), "")).isEqualTo(unknown.replace(nobodys.toString(), ""));
    }

    @Test
    void whatDoesNotFitTheLayerIsRefusedWithItsReason() {
        byte[] good = Words.request(11, 256, TinyModel.HIDDEN);
        String forward = path(QKV, Direction.FORWARD);
        refused(path("other", QKV), good, 404, "UNKNOWN_MODEL");
        refused(StepApi.MODELS + "/tiny/layers/blocks.7.qkv/forward", good, 404, "UNKNOWN_LAYER");
        refused(StepApi.MODELS + "/tiny/layers/conv/forward", good, 404, "UNKNOWN_LAYER");
        refused(StepApi.MODELS + "/tiny/layers/blocks.0.qkv/sideways", good, 400, "INVALID_REQUEST");
        refused(forward, Words.request(12, 256, TinyModel.HIDDEN + 1), 400, "WRONG_SHAPE");
        refused(path(QKV, Direction.BACKWARD), good, 400, "WRONG_SHAPE");
        refused(forward, header(good, 8, 0), 400, "WRONG_SHAPE");
        refused(forward, header(good, 8, 100), 400, "WRONG_SHAPE");
        refused(forward, Words.request(13, ProviderResource.MAX_TOKENS + 256, TinyModel.HIDDEN), 413, "TOO_LARGE");
        refused(forward, Arrays.copyOf(good, good.length - 1), 400, "TRUNCATED_BODY");
        refused(forward, Arrays.copyOf(good, 10), 400, "TRUNCATED_BODY");
        refused(forward, new byte[0], 400, "TRUNCATED_BODY");
        refused(forward, Arrays.copyOf(good, good.length + 1), 400, "MALFORMED_TENSOR");
        refused(forward, header(good, 100, 1), 400, "DIGEST_MISMATCH");
        refused(forward, header(good, 4, 0x20010001), 400, "UNSUPPORTED_VERSION");
        refused(forward, header(good, 4, 0x20010003), 400, "UNSUPPORTED_VERSION");
        refused(forward, header(good, 4, 0x20630002), 400, "UNKNOWN_PARAMETERS");
        refused(forward, header(good, 0, 7), 400, "MALFORMED_TENSOR");
        refused(forward, otherParameters(), 400, "UNKNOWN_PARAMETERS");
        refused(forward, answerWidth(), 400, "WRONG_SHAPE");
    }

    @Test
    void aStepWithoutAnIdOrWithAWrongHeaderIsRefused() {
        byte[] good = Words.request(14, 256, TinyModel.HIDDEN);
        StepClient.as(ProviderResource.ALICE)
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(good)
                .post(path(QKV, Direction.FORWARD))
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_REQUEST"));
        StepClient.as(ProviderResource.ALICE)
                .header(StepApi.IDEMPOTENCY_KEY, "not-a-uuid")
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(good)
                .post(path(QKV, Direction.FORWARD))
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_REQUEST"));
        StepClient.as(ProviderResource.ALICE)
                .header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .header(StepApi.ANSWER_BITS, "8")
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(good)
                .post(path(QKV, Direction.FORWARD))
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_REQUEST"));
    }

    private static void refused(String path, byte[] body, int status, String code) {
        StepClient.send(path, UUID.randomUUID(), body)
                .then()
                .statusCode(status)
                .contentType(Problem.MEDIA_TYPE)
                .body("code", equalTo(code), "status", equalTo(status));
    }

    /** {@code body} with the little-endian word at {@code offset} changed. */
    private static byte[] header(byte[] body, int offset, int word) {
        byte[] changed = body.clone();
        for (int i = 0; i < 4; i++) {
            changed[offset + i] = (byte) (word >>> 8 * i);
        }
        return changed;
    }

    private static byte[] otherParameters() {
        return new EncryptedTensor(
                        LatticeParameters.MLWE_256x6,
                        AnswerBits.BITS_32,
                        256,
                        TinyModel.HIDDEN,
                        MemorySegment.ofArray(new byte[4 * 256 * TinyModel.HIDDEN]))
                .toBytes();
    }

    private static byte[] answerWidth() {
        return new EncryptedTensor(
                        LatticeParameters.MLWE_256x5,
                        AnswerBits.BITS_16,
                        256,
                        TinyModel.HIDDEN,
                        MemorySegment.ofArray(new byte[2 * 256 * TinyModel.HIDDEN]))
                .toBytes();
    }

    private byte[] expected(byte[] body, RemoteLayer layer, Direction direction, AnswerBits bits) throws IOException {
        Path folder = config.data().resolve("models").resolve(ProviderResource.MODEL);
        return Words.answer(body, layer, direction, bits, folder);
    }

    private RemoteLayer layer(LayerId id) throws IOException {
        return models.find(ProviderResource.MODEL).orElseThrow().layer(id);
    }

    private static String path(LayerId layer, Direction direction) {
        return StepApi.stepPath(ProviderResource.MODEL, layer, direction);
    }

    private static String path(String model, LayerId layer) {
        return StepApi.stepPath(model, layer, Direction.FORWARD);
    }
}
