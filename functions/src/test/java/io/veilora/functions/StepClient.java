package io.veilora.functions;

import static io.restassured.RestAssured.given;

import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.UUID;

/** Sends steps to the server under test. */
final class StepClient {
    private static final RestAssuredConfig BINARY = RestAssuredConfig.config()
            .encoderConfig(EncoderConfig.encoderConfig()
                    .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                    .encodeContentTypeAs(EncryptedTensor.MEDIA_TYPE, io.restassured.http.ContentType.BINARY));

    private StepClient() {}

    static RequestSpecification as(String apiKey) {
        return given().config(BINARY).header("Authorization", "Bearer " + apiKey);
    }

    static Response send(String path, UUID stepId, byte[] body) {
        return as(ProviderResource.ALICE)
                .header(StepApi.IDEMPOTENCY_KEY, stepId.toString())
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(body)
                .post(path);
    }
}
