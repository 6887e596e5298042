package io.veilora.functions;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.veilora.functions.tenant.ApiKeySecret;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.step.StepApi;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Tenants and API keys over HTTP: made, used, rotated, revoked, listed, audited. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderAccountTest {
    @Test
    void aNewTenantsKeyWorksUntilItIsRevoked() {
        String tenant = createTenant();
        Response made = createKey(tenant, "steps", "models:read");
        String secret = made.path("secret");
        assertThat(secret).matches(ApiKeySecret.FORM);
        StepClient.as(secret).get(StepApi.MODELS).then().statusCode(200);
        operator()
                .get(AccountApi.keys(tenant))
                .then()
                .statusCode(200)
                .body("items[0].name", equalTo("test"))
                .body("items[0].lastUsed", not(nullValue()))
                .body("toString()", not(equalTo(secret)));
        String id = made.path("key.id");
        operator()
                .delete(AccountApi.key(AccountApi.keys(tenant), UUID.fromString(id)))
                .then()
                .statusCode(200);
        StepClient.as(secret).get(StepApi.MODELS).then().statusCode(401).body("code", equalTo("UNAUTHORIZED"));
    }

    @Test
    void aRotatedKeyAndItsFollowerWorkAtTheSameTime() {
        String tenant = createTenant();
        Response made = createKey(tenant, "models:read");
        UUID id = UUID.fromString(made.path("key.id"));
        String follower = operator()
                .post(AccountApi.rotation(AccountApi.keys(tenant), id))
                .then()
                .statusCode(201)
                .body("key.scopes", equalTo(List.of("models:read")))
                .extract()
                .path("secret");
        for (String secret : List.of(made.<String>path("secret"), follower)) {
            StepClient.as(secret).get(StepApi.MODELS).then().statusCode(200);
        }
        operator()
                .post(AccountApi.rotation(AccountApi.keys(tenant), id) + "?overlapHours=0")
                .then()
                .statusCode(201);
        StepClient.as(made.path("secret")).get(StepApi.MODELS).then().statusCode(401);
        StepClient.as(follower).get(StepApi.MODELS).then().statusCode(200);
    }

    @Test
    void aDisabledTenantsKeysWorkNoMoreAndAgainWhenItIsEnabled() throws InterruptedException {
        String tenant = createTenant();
        String secret = createKey(tenant, "models:read").path("secret");
        StepClient.as(secret).get(StepApi.MODELS).then().statusCode(200);
        operator().post(AccountApi.tenant(tenant) + "/disabled").then().statusCode(200);
        Thread.sleep(2_100); // as long as an answer of the database is believed
        StepClient.as(secret).get(StepApi.MODELS).then().statusCode(401);
        operator().post(AccountApi.tenant(tenant) + "/enabled").then().statusCode(200);
        Thread.sleep(2_100);
        StepClient.as(secret).get(StepApi.MODELS).then().statusCode(200);
    }

    @Test
    void aKeyMayOnlyDoWhatItsScopesSay() {
        String tenant = createTenant();
        String steps = createKey(tenant, "steps").path("secret");
        String models = createKey(tenant, "models:read").path("secret");
        forbidden(StepClient.as(steps).get(StepApi.MODELS));
        forbidden(StepClient.as(steps).get(StepApi.manifestPath("tiny")));
        forbidden(StepClient.as(steps).get(AccountApi.KEYS));
        forbidden(StepClient.as(models).get(StepApi.pollPath(UUID.randomUUID())));
        forbidden(StepClient.as(models).delete(AccountApi.key(AccountApi.KEYS, UUID.randomUUID())));
    }

    @Test
    void onlyOperatorsManageTenantsWhateverATenantsScopes() {
        String tenant = createTenant();
        String admin = createKey(tenant, "admin").path("secret");
        forbidden(StepClient.as(admin).get(AccountApi.TENANTS));
        forbidden(StepClient.as(admin).get(AccountApi.AUDIT));
        forbidden(StepClient.as(admin).get(AccountApi.keys("alice")));
        forbidden(StepClient.as(admin)
                .contentType("application/json")
                .body("{\"name\": \"mine\"}")
                .post(AccountApi.keys(tenant)));
        forbidden(StepClient.as(ProviderResource.ALICE).get(AccountApi.TENANTS));
    }

    @Test
    void aTenantManagesItsOwnKeysAndNobodyElses() {
        String admin = createKey(createTenant(), "admin").path("secret");
        String other = createTenant();
        String othersKey = createKey(other, "models:read").path("key.id");
        StepClient.as(admin)
                .contentType("application/json")
                .body("{\"name\": \"mine\", \"scopes\": [\"usage:read\"]}")
                .post(AccountApi.KEYS)
                .then()
                .statusCode(201);
        StepClient.as(admin)
                .get(AccountApi.KEYS)
                .then()
                .statusCode(200)
                .body("items.name", equalTo(List.of("test", "mine")))
                .body("items.id", not(hasItem(othersKey)));
        Response foreign = StepClient.as(admin).delete(AccountApi.key(AccountApi.KEYS, UUID.fromString(othersKey)));
        Response unknown = StepClient.as(admin).delete(AccountApi.key(AccountApi.KEYS, UUID.randomUUID()));
        assertThat(foreign.statusCode()).isEqualTo(unknown.statusCode()).isEqualTo(404);
        assertThat(foreign.asString().replace(othersKey, "ID"))
                .isEqualTo(unknown.asString().replaceAll("[0-9a-f]{8}-[0-9a-f-]{27}", "ID"));
    }

    @Test
    void aRepeatedRequestMakesNothingNewAndAnotherUnderItsKeyIsRefused() {
        String tenant = createTenant();
        String once = UUID.randomUUID().toString();
        Response first = createKey(tenant, once, "steps");
        Response second = createKey(tenant, once, "steps");
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(second.<String>path("key.id")).isEqualTo(first.path("key.id"));
        assertThat(second.<String>path("secret")).isNull();
        Response other = createKey(tenant, once, "models:read");
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.<String>path("code")).isEqualTo("CONFLICT");
    }

    @Test
    void listsComeInPages() {
        String tenant = createTenant();
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(createKey(tenant, "steps").path("key.id"));
        }
        List<String> listed = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            Response page = operator()
                    .queryParam("limit", 2)
                    .queryParam("cursor", cursor)
                    .get(AccountApi.keys(tenant));
            List<String> ids = page.path("items.id");
            assertThat(ids).hasSizeLessThanOrEqualTo(2);
            listed.addAll(ids);
            cursor = page.path("next");
        }
        assertThat(listed).isEqualTo(made);
        operator().queryParam("cursor", "x").get(AccountApi.keys(tenant)).then().statusCode(400);
        operator().queryParam("limit", 501).get(AccountApi.TENANTS).then().statusCode(400);
    }

    @Test
    void theAuditLogSaysWhoDidWhatAndHoldsNoSecret() {
        String tenant = createTenant();
        Response made = createKey(tenant, "steps");
        operator()
                .contentType("application/json")
                .body("{\"stepsPerSecond\": 5}")
                .put(AccountApi.tenant(tenant) + "/limits")
                .then()
                .statusCode(200)
                .body("limits.stepsPerSecond", equalTo(5));
        Response log = operator().get(AccountApi.AUDIT);
        assertThat(log.<List<String>>path("items.action")).startsWith("tenant.limits", "key.create", "tenant.create");
        assertThat(log.<String>path("items[1].subject")).isEqualTo(made.path("key.id"));
        assertThat(log.<String>path("items[0].actor")).isEqualTo("root");
        assertThat(log.<String>path("items[0].address")).isEqualTo("127.0.0.1");
        assertThat(log.asString()).doesNotContain(made.<String>path("secret"));
    }

    @Test
    void wrongInputIsAProblemThatRepeatsNothingOfTheBody() {
        for (String body : List.of("", "[]", "{\"name\": ", "{\"name\": \"UPPER\"}", "{\"role\": \"king\"}")) {
            operator()
                    .contentType("application/json")
                    .body(body)
                    .post(AccountApi.TENANTS)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("INVALID_REQUEST"));
        }
        String tenant = createTenant();
        operator()
                .contentType("application/json")
                .body("{\"bytesPerDay\": 0}")
                .put(AccountApi.tenant(tenant) + "/limits")
                .then()
                .statusCode(400);
        operator().get(AccountApi.tenant("nobody")).then().statusCode(404);
    }

    private static String createTenant() {
        String name = "t-" + UUID.randomUUID();
        operator()
                .contentType("application/json")
                .body("{\"name\": \"" + name + "\"}")
                .post(AccountApi.TENANTS)
                .then()
                .statusCode(201);
        return name;
    }

    private static Response createKey(String tenant, String... scopes) {
        String first = scopes[0];
        boolean once = first.length() == 36;
        String[] wanted = once ? java.util.Arrays.copyOfRange(scopes, 1, scopes.length) : scopes;
        RequestSpecification request = operator().contentType("application/json");
        return (once ? request.header(StepApi.IDEMPOTENCY_KEY, first) : request)
                .body("{\"name\": \"test\", \"scopes\": [\"" + String.join("\", \"", wanted) + "\"]}")
                .post(AccountApi.keys(tenant));
    }

    private static RequestSpecification operator() {
        return given().header("Authorization", "Bearer " + ProviderResource.OPERATOR);
    }

    private static void forbidden(Response response) {
        response.then().statusCode(403).body("code", equalTo("FORBIDDEN"));
    }
}
