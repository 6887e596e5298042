package io.veilora.functions;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Models, files, errors, health and metrics. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderHttpTest {
    @Inject
    ModelStore models;

    @Test
    void withoutAKnownApiKeyNothingIsThere() {
        for (String path : new String[] {StepApi.MODELS, StepApi.manifestPath("tiny"), "/v1/nothing"}) {
            given().get(path)
                    .then()
                    .statusCode(401)
                    .contentType(Problem.MEDIA_TYPE)
                    .header("WWW-Authenticate", "Bearer")
                    .body("code", equalTo("UNAUTHORIZED"));
        }
        StepClient.as("wrong").get(StepApi.MODELS).then().statusCode(401);
        given().header("Authorization", "Basic " + ProviderResource.ALICE)
                .get(StepApi.MODELS)
                .then()
                .statusCode(401);
        given().header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .contentType(ContentType.BINARY)
                .body(new byte[1000])
                .post(StepApi.stepPath("tiny", LayerId.LM_HEAD, Direction.FORWARD))
                .then()
                .statusCode(401);
    }

    @Test
    void theListNamesTheModel() {
        client().get(StepApi.MODELS)
                .then()
                .statusCode(200)
                .body("$", hasSize(1), "model", hasItem("tiny"), "blocks", hasItem(1), "layers", hasItem(5));
    }

    @Test
    void theManifestIsServedAsItStands() throws IOException {
        byte[] json = client().get(StepApi.manifestPath("tiny")).asByteArray();
        ModelManifest manifest = ProtocolJson.MAPPER.readValue(json, ModelManifest.class);
        manifest.requireConsistent();
        assertThat(models.find("tiny")).hasValue(manifest);
        problem(client().get(StepApi.manifestPath("nothing")), 404, "UNKNOWN_MODEL");
    }

    @Test
    void everyPublishedFileHasTheDigestOfTheManifest() throws IOException {
        for (StoredFile file : published()) {
            Response response = client().get(StepApi.filePath("tiny", file.path()));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(Sha256.hex(response.asByteArray())).isEqualTo(file.sha256());
            assertThat(response.header("ETag")).isEqualTo("\"" + file.sha256() + "\"");
            assertThat(response.header("Accept-Ranges")).isEqualTo("bytes");
        }
    }

    @Test
    void rangesGiveThatPartOfTheFile() throws IOException {
        StoredFile hint = layer().forwardHint();
        byte[] whole = client().get(StepApi.filePath("tiny", hint.path())).asByteArray();
        Response part = client().header("Range", "bytes=64-3903").get(StepApi.filePath("tiny", hint.path()));
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.header("Content-Range")).isEqualTo("bytes 64-3903/" + hint.bytes());
        assertThat(part.header("Content-Length")).isEqualTo("3840");
        assertThat(part.asByteArray()).isEqualTo(Arrays.copyOfRange(whole, 64, 3904));
        Response tail = client().header("Range", "bytes=-10").get(StepApi.filePath("tiny", hint.path()));
        assertThat(tail.asByteArray()).isEqualTo(Arrays.copyOfRange(whole, whole.length - 10, whole.length));
        Response behind = client().header("Range", "bytes=99999999-").get(StepApi.filePath("tiny", hint.path()));
        problem(behind, 416, "INVALID_REQUEST");
        assertThat(behind.header("Content-Range")).isEqualTo("bytes */" + hint.bytes());
    }

    @Test
    void aFileThatTheClientHasIsNotSentAgain() throws IOException {
        StoredFile hint = layer().forwardHint();
        String etag = "\"" + hint.sha256() + "\"";
        String path = StepApi.filePath("tiny", hint.path());
        client().header("If-None-Match", etag).get(path).then().statusCode(304).header("ETag", etag);
        client().header("If-None-Match", "\"other\"").get(path).then().statusCode(200);
        client().header("Range", "bytes=0-9")
                .header("If-Range", etag)
                .get(path)
                .then()
                .statusCode(206);
        client().header("Range", "bytes=0-9")
                .header("If-Range", "\"other\"")
                .get(path)
                .then()
                .statusCode(200);
    }

    @Test
    void weightsAndAnythingOutsideTheManifestStayHere() throws IOException {
        for (String path : new String[] {
            layer().weights().path(),
            "manifest.json",
            "../tiny/config.json",
            "%2e%2e/%2e%2e/api-key",
            "..%2fapi-key",
            "x"
        }) {
            Response response = client().urlEncodingEnabled(false).get(StepApi.filePath("tiny", path));
            assertThat(response.statusCode()).as(path).isEqualTo(404);
            assertThat(response.contentType()).startsWith(Problem.MEDIA_TYPE);
        }
    }

    @Test
    void everyErrorIsAProblem() {
        problem(client().get("/v1/nothing"), 404, "INVALID_REQUEST");
        problem(client().get("/nothing"), 404, "INVALID_REQUEST");
        problem(given().get("/nothing"), 401, "UNAUTHORIZED");
        problem(client().delete(StepApi.MODELS), 405, "INVALID_REQUEST");
        problem(
                client().header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                        .contentType("text/plain")
                        .body("hello")
                        .post(StepApi.stepPath("tiny", LayerId.LM_HEAD, Direction.FORWARD)),
                415,
                "INVALID_REQUEST");
        problem(client().get("/v1/steps/not-a-uuid"), 400, "INVALID_REQUEST");
        problem(client().get(StepApi.pollPath(UUID.randomUUID())), 404, "UNKNOWN_STEP");
    }

    @Test
    void healthIsUpWhenTheConsumersHaveTheirPartitions() {
        given().get("/health/live")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'veilora engine' }.data.engine", containsString("threads)"));
        given().get("/health/ready")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"), "checks.name", hasItem("veilora consumers"));
    }

    @Test
    void metricsCountStepsByKindAndSayNothingOfTenantsOrModels() {
        byte[] body = Words.request(1, 256, TinyModel.HIDDEN);
        StepClient.send(StepApi.stepPath("tiny", LayerId.LM_HEAD, Direction.FORWARD), UUID.randomUUID(), body)
                .then()
                .statusCode(200)
                .contentType(EncryptedTensor.MEDIA_TYPE);
        String metrics =
                given().get("/metrics").then().statusCode(200).extract().asString();
        assertThat(metrics)
                .contains("veilora_steps_total{direction=\"forward\",kind=\"lm_head\",outcome=\"completed\"}")
                .contains("veilora_step_gemm_seconds")
                .contains("veilora_step_total_seconds")
                .contains("veilora_weights_resident_bytes")
                .contains("veilora_steps_in_flight")
                .doesNotContain("alice")
                .doesNotContain("tiny");
    }

    @Test
    void theApiDescribesItself() {
        given().get("/openapi").then().statusCode(200).body(containsString("/v1/models/{model}/layers"));
    }

    private static io.restassured.specification.RequestSpecification client() {
        return StepClient.as(ProviderResource.ALICE);
    }

    private static void problem(Response response, int status, String code) {
        response.then()
                .statusCode(status)
                .contentType(Problem.MEDIA_TYPE)
                .body("code", equalTo(code), "status", equalTo(status));
    }

    private RemoteLayer layer() throws IOException {
        return models.find("tiny").orElseThrow().layers().getFirst();
    }

    private Iterable<StoredFile> published() throws IOException {
        ModelManifest manifest = models.find("tiny").orElseThrow();
        var files = new java.util.ArrayList<>(manifest.clientFiles().values());
        manifest.layers().forEach(layer -> files.add(layer.forwardHint()));
        manifest.layers().forEach(layer -> files.add(layer.backwardHint()));
        return files;
    }
}
