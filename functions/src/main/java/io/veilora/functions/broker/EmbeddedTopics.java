package io.veilora.functions.broker;

import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.ProviderConfig.Broker;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Waits for the embedded broker and makes its topics, before the consumers look for them. */
@ApplicationScoped
public class EmbeddedTopics {
    /** Earlier than the connectors' start, which has 1000. */
    private static final int FIRST = 1;

    void create(
            @Observes @Priority(FIRST) StartupEvent event,
            ProviderConfig config,
            @ConfigProperty(name = "kafka.bootstrap.servers") String bootstrap) {
        if (config.broker() == Broker.EMBEDDED) {
            Topics.create(bootstrap);
        }
    }
}
