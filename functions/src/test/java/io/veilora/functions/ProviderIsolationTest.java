package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.veilora.functions.model.ModelStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Two tenants who use the same step ids, on purpose or not, never notice each other. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderIsolationTest {
    private static final LayerId LAYER = LayerId.parse("blocks.0.qkv");

    @Inject
    ModelStore models;

    @Inject
    DataSource dataSource;

    @Inject
    ProviderConfig config;

    @Test
    void theSameStepIdOfTwoTenantsIsTwoStepsWithTheirOwnAnswersAndCharges() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] alices = Words.request(1, 256, TinyModel.HIDDEN);
        byte[] bobs = Words.request(2, 512, TinyModel.HIDDEN);
        Response first = send(ProviderResource.ALICE, stepId, alices);
        Response second = send(ProviderResource.BOB, stepId, bobs);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(second.statusCode())
                .as("no conflict, which would tell of the other")
                .isEqualTo(200);
        assertThat(first.asByteArray()).isEqualTo(expected(alices));
        assertThat(second.asByteArray()).isEqualTo(expected(bobs));
        assertThat(poll(ProviderResource.ALICE, stepId).asByteArray()).isEqualTo(expected(alices));
        assertThat(poll(ProviderResource.BOB, stepId).asByteArray()).isEqualTo(expected(bobs));
        assertThat(charged(stepId)).containsExactly("alice 256", "bob 512");
    }

    @Test
    void anothersStepIsAnsweredAsOneThatIsNot() {
        UUID alices = UUID.randomUUID();
        send(ProviderResource.ALICE, alices, Words.request(3, 256, TinyModel.HIDDEN));
        UUID nobodys = UUID.randomUUID();
        Response foreign = poll(ProviderResource.BOB, alices);
        Response unknown = poll(ProviderResource.BOB, nobodys);
        assertThat(foreign.statusCode()).isEqualTo(unknown.statusCode()).isEqualTo(404);
        assertThat(foreign.asString().replace(alices.toString(), "ID"))
                .isEqualTo(unknown.asString().replace(nobodys.toString(), "ID"));
        assertThat(foreign.headers().asList().toString())
                .isEqualTo(unknown.headers().asList().toString());
    }

    private static Response send(String apiKey, UUID stepId, byte[] body) {
        return StepClient.as(apiKey)
                .header(StepApi.IDEMPOTENCY_KEY, stepId.toString())
                .contentType(EncryptedTensor.MEDIA_TYPE)
                .body(body)
                .post(StepApi.stepPath("tiny", LAYER, Direction.FORWARD));
    }

    private static Response poll(String apiKey, UUID stepId) {
        return StepClient.as(apiKey).get(StepApi.pollPath(stepId));
    }

    private byte[] expected(byte[] body) throws IOException {
        Path folder = config.data().resolve("models/tiny");
        return Words.answer(
                body, models.find("tiny").orElseThrow().layer(LAYER), Direction.FORWARD, AnswerBits.BITS_16, folder);
    }

    private List<String> charged(UUID stepId) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT tenant, tokens FROM step_usage WHERE step_id = ? ORDER BY tenant")) {
            query.setObject(1, stepId);
            try (ResultSet rows = query.executeQuery()) {
                List<String> found = new java.util.ArrayList<>();
                while (rows.next()) {
                    found.add(rows.getString(1) + " " + rows.getInt(2));
                }
                return found;
            }
        }
    }
}
