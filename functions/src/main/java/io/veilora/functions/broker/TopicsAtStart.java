package io.veilora.functions.broker;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.StepPools;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** Waits for the broker and sees to its topics, before the consumers look for them. */
@ApplicationScoped
public class TopicsAtStart {
    /** Earlier than the connectors' start, which has 1000; after the check of the configuration. */
    private static final int EARLY = 2;

    private static final long RECONNECT_MILLIS = 20;

    private final ProviderConfig config;
    private final TopicsConfig topics;
    private final StepPools pools;

    TopicsAtStart(ProviderConfig config, TopicsConfig topics, StepPools pools) {
        this.config = config;
        this.topics = topics;
        this.pools = pools;
    }

    void see(
            @Observes @Priority(EARLY) StartupEvent event,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        Map<String, Object> settings = new HashMap<>(kafka);
        boolean embedded = config.broker() == Broker.EMBEDDED;
        if (embedded) { // it starts beside us
            settings.put(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, RECONNECT_MILLIS);
            settings.put(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MILLIS);
        }
        see(Admin.create(settings), String.valueOf(kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)), embedded);
    }

    private void see(Admin admin, String brokers, boolean embedded) {
        List<TopicPlan> plans = TopicPlan.of(topics, pools.topics());
        try {
            TopicSetup setup = new TopicSetup(admin, brokers);
            List<TopicPlan> there = topics.create() ? setup.create(plans) : plans;
            if (!embedded) { // nobody else makes the embedded broker's
                setup.check(there);
            }
        } finally {
            admin.close(Duration.ZERO); // a broker that does not answer would hold it up once more
        }
    }
}
