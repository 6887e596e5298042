package io.veilora.functions.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.veilora.functions.database.Database;
import io.veilora.functions.ledger.StepUsage;
import io.veilora.functions.ledger.UsageLedger;
import io.veilora.protocol.account.UsageRecorded;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.CloudEvent;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Usage events reach a billing system that fails now and then, on H2 and on a real PostgreSQL. */
class UsageDeliveryOnBothDatabasesTest {
    private static final String BOTH = "io.veilora.functions.database.TestDatabases#both";
    private static final int ENTRIES = 7;

    private final List<CloudEvent> heard = new CopyOnWriteArrayList<>();
    private final List<String> types = new CopyOnWriteArrayList<>();
    private volatile int failures;
    private HttpServer billing;

    @BeforeEach
    void startBilling() throws IOException {
        billing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        billing.createContext("/", exchange -> {
            try (exchange) {
                byte[] body = exchange.getRequestBody().readAllBytes();
                heard.add(CloudEvent.decode(body));
                types.add(exchange.getRequestHeaders().getFirst("Content-Type"));
                exchange.sendResponseHeaders(failures-- > 0 ? 503 : 204, -1);
            }
        });
        billing.start();
    }

    @AfterEach
    void stopBilling() {
        billing.stop(0);
    }

    @ParameterizedTest
    @MethodSource(BOTH)
    void everyEntryIsHeardAtLeastOnceUnderItsStepIdAndARepeatedOneIsNotToldAgain(DataSource source) throws Exception {
        List<StepUsage> entries = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            entries.add(entry());
        }
        UsageLedger ledger = new UsageLedger(source, true);
        ledger.record(entries);
        ledger.record(entries); // delivered twice, charged once
        new UsageLedger(source, false).record(List.of(entry()));
        UsageDelivery delivery = new UsageDelivery(new Database(source), new UsageEndpoint(url()));
        failures = 2;
        assertThat(delivery.deliver()).as("it is away").isZero();
        assertThat(delivery.deliver()).as("still away").isZero();
        assertThat(delivery.deliver()).isEqualTo(ENTRIES);
        assertThat(delivery.deliver()).isZero();
        assertThat(heard).hasSize(ENTRIES + 2);
        assertThat(heard.stream().map(CloudEvent::id).distinct())
                .containsExactlyInAnyOrderElementsOf(entries.stream()
                        .map(each -> each.step().stepId().toString())
                        .toList());
        assertThat(types).containsOnly(CloudEvent.MEDIA_TYPE);
        UsageRecorded first = heard.getFirst().data(UsageRecorded.class);
        assertThat(heard.getFirst().source()).isEqualTo("/veilora/tenants/clinic");
        assertThat(heard.getFirst().type()).isEqualTo(UsageRecorded.TYPE);
        assertThat(first.run()).isEqualTo("run-a");
        assertThat(first.multiplyAdds()).isEqualTo(1L << 40);
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + billing.getAddress().getPort() + "/usage");
    }

    private static StepUsage entry() {
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                "clinic",
                "tiny",
                LayerId.LM_HEAD,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                "digest",
                "run-a",
                1);
        return new StepUsage(step, 1L << 40, 1 << 20, 1 << 19, 1234, Instant.now());
    }
}
