package io.veilora.client.transport;

import static io.veilora.client.Problems.assertProblem;
import static io.veilora.client.transport.ScriptedGateway.ok;
import static io.veilora.client.transport.ScriptedGateway.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.transport.ScriptedGateway.Received;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A provider that leads to its object store: what goes there, and where nobody goes. */
@Timeout(30)
class StoreRedirectTest {
    private static final StepTiming TIMING = new StepTiming(1000, 2000, 3000, 9000);

    private static Reply seeOther(String location) {
        return exchange -> {
            exchange.getResponseHeaders().set(StepApi.SERVER_TIMING, TIMING.toHeader());
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(303, -1);
        };
    }

    private static StepAnswer send(ScriptedGateway gateway) {
        try (ProviderConnection connection =
                Steps.connection(gateway.uri(), Duration.ofSeconds(20), ConnectionListener.SILENT)) {
            return Steps.send(connection);
        }
    }

    @Test
    void theAnswerComesFromTheStoreWhichSeesNothingOfOurs() {
        try (ScriptedGateway store = ScriptedGateway.start(ok(Steps.answer()));
                ScriptedGateway gateway = ScriptedGateway.start(seeOther(store.uri() + "/bucket/answer?signature=1"))) {
            StepAnswer answer = send(gateway);
            assertThat(answer.tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(answer.timing()).isEqualTo(TIMING);
            Received asked = store.received().getFirst();
            assertThat(asked.method()).isEqualTo("GET");
            assertThat(asked.body()).isEmpty();
            assertThat(asked.header("Authorization")).isNull();
            assertThat(asked.headers().toString()).doesNotContain(Steps.API_KEY).doesNotContain(Steps.ID.toString());
            assertThat(gateway.received().getFirst().header(StepApi.FOLLOWS)).isEqualTo(StepApi.FOLLOWS_STORE);
        }
    }

    @Test
    void anExpiredUrlIsReplacedByAskingTheProviderAgain() {
        Reply expired = status(403, "application/xml", new byte[] {'<'});
        try (ScriptedGateway store = ScriptedGateway.start(expired, ok(Steps.answer()));
                ScriptedGateway gateway = ScriptedGateway.start(seeOther(store.uri() + "/answer"))) {
            assertThat(send(gateway).tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(gateway.received()).hasSize(2);
            assertThat(gateway.received().get(1).body())
                    .isEqualTo(gateway.received().get(0).body());
        }
    }

    @Test
    void aWrongAnswerFromTheStoreIsNoAnswer() {
        byte[] damaged = Steps.answer();
        damaged[100] ^= 1;
        try (ScriptedGateway store = ScriptedGateway.start(ok(damaged), ok(Steps.answer()));
                ScriptedGateway gateway = ScriptedGateway.start(seeOther(store.uri() + "/answer"))) {
            assertThat(send(gateway).tensor().toBytes()).isEqualTo(Steps.answer());
            assertThat(store.received()).hasSize(2);
        }
    }

    @Test
    void aRedirectionWithoutAUsableUrlIsAnInvalidAnswer() {
        for (String location : new String[] {"", "/v1/models", "ftp://127.0.0.1/x", "http://user@127.0.0.1/x", "::"}) {
            try (ScriptedGateway gateway = ScriptedGateway.start(seeOther(location))) {
                assertProblem(ProblemCode.INVALID_ANSWER, () -> send(gateway)).contains("store");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://203.0.113.7,http://203.0.113.8/x",
        "http://203.0.113.7,http://127.0.0.1/x",
        "http://203.0.113.7,http://10.0.0.1/x",
        "http://203.0.113.7,http://[fd00::1]/x",
        "http://192.168.0.5,http://127.0.0.1/x",
        "http://127.0.0.1,http://169.254.169.254/x",
        "http://127.0.0.1,http://0.0.0.0/x"
    })
    void noOneIsLedIntoAMorePrivateNetworkOrOutOfTls(String provider, String location) {
        assertThatThrownBy(() -> followed(provider, location))
                .isInstanceOf(PermanentException.class)
                .hasMessageNotContaining("/x");
    }

    @ParameterizedTest
    @CsvSource({
        "https://203.0.113.7,https://203.0.113.8/x",
        "http://203.0.113.7,https://203.0.113.8/x",
        "http://192.168.0.5,http://10.0.0.1/x",
        "http://127.0.0.1,http://10.0.0.1/x"
    })
    void aStoreBesideTheProviderIsAsked(String provider, String location) throws Exception {
        assertThat(followed(provider, location)).isEqualTo(URI.create(location));
    }

    private static URI followed(String provider, String location) throws Exception {
        URI base = URI.create(provider);
        return StoreRedirect.followed(base, location);
    }
}
