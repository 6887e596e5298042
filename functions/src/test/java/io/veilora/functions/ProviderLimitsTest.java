package io.veilora.functions;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.EncryptedTensor;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A tenant at its limits, over HTTP: 429 and 402 with the time to wait. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderLimitsTest {
    private static final byte[] BODY = Words.request(1, 256, TinyModel.HIDDEN);

    @Test
    void aTenantOverItsRateIsToldWhenToComeAgain() {
        String secret = tenant("{\"stepsPerSecond\": 1}");
        send(secret, UUID.randomUUID()).then().statusCode(200);
        refused(send(secret, UUID.randomUUID()), 429, "RATE_LIMITED", 1);
    }

    @Test
    void aTenantOverItsBytesIsToldToComeAgainTomorrow() {
        String secret = tenant("{\"bytesPerDay\": " + (BODY.length + 1) + "}");
        send(secret, UUID.randomUUID()).then().statusCode(200);
        Response second = send(secret, UUID.randomUUID());
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        long untilMidnight = Duration.between(now, now.toLocalDate().plusDays(1).atStartOfDay(ZoneOffset.UTC))
                .toSeconds();
        refused(second, 429, "RATE_LIMITED", -1);
        assertThat(Long.parseLong(second.header("Retry-After"))).isBetween(untilMidnight - 2, untilMidnight + 60);
    }

    @Test
    void aTenantThatHasSpentItsBudgetStillGetsWhatItPaidFor() throws Exception {
        String secret = tenant("{\"spendPerMonth\": \"0.000001\"}");
        UUID paid = UUID.randomUUID();
        Response first = send(secret, paid);
        first.then().statusCode(200);
        Thread.sleep(10_100); // as long as what is spent is believed
        refused(send(secret, UUID.randomUUID()), 402, "SPENT", -1);
        Response again = send(secret, paid);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.asByteArray()).isEqualTo(first.asByteArray());
    }

    private static void refused(Response response, int status, String code, long retryAfter) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.contentType()).startsWith(Problem.MEDIA_TYPE);
        assertThat(response.<String>path("code")).isEqualTo(code);
        assertThat(Long.parseLong(response.header("Retry-After")))
                .isEqualTo(response.jsonPath().getLong("retryAfterSeconds"))
                .isPositive();
        if (retryAfter > 0) {
            assertThat(response.header("Retry-After")).isEqualTo(Long.toString(retryAfter));
        }
    }

    private static Response send(String apiKey, UUID stepId) {
        return StepClient.as(apiKey)
                .header(StepApi.IDEMPOTENCY_KEY, stepId.toString())
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(BODY)
                .post(StepApi.stepPath("tiny", LayerId.parse("blocks.0.qkv"), Direction.FORWARD));
    }

    /** @return the secret of its key */
    private static String tenant(String limits) {
        String name = "t-" + UUID.randomUUID();
        operator()
                .body("{\"name\": \"" + name + "\", \"limits\": " + limits + "}")
                .post(AccountApi.TENANTS)
                .then()
                .statusCode(201);
        return operator()
                .body("{\"name\": \"test\"}")
                .post(AccountApi.keys(name))
                .path("secret");
    }

    private static RequestSpecification operator() {
        return given().header("Authorization", "Bearer " + ProviderResource.OPERATOR)
                .contentType("application/json");
    }
}
