package io.veilora.functions;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The API as it is checked in: whoever changes it sees the change in review. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class OpenApiTest {
    private static final Path FILE = Path.of("../src/site/openapi.yaml");
    private static final String REFRESH = "VEILORA_REFRESH_OPENAPI=1 ./mvnw test -pl functions -am -Dtest=OpenApiTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false";

    @Test
    void theApiIsTheOneThatIsCheckedIn() throws IOException {
        String served = given().get("/openapi").then().statusCode(200).extract().asString();
        if (System.getenv("VEILORA_REFRESH_OPENAPI") != null) {
            Files.writeString(FILE, served);
        }
        assertThat(served)
                .as("%s is not what the gateway serves; if the change is meant, run:%n  %s", FILE, REFRESH)
                .isEqualTo(Files.readString(FILE));
    }
}
