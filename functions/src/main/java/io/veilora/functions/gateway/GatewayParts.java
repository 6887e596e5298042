package io.veilora.functions.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.step.EventPublisher;
import io.veilora.functions.store.BlobStore;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/** Puts the gateway together from plain classes. */
final class GatewayParts {
    private static final Logger LOG = Logger.getLogger(GatewayParts.class);

    @Produces
    @Singleton
    ApiKeys apiKeys(ProviderConfig config) throws IOException {
        Map<String, String> digests = new LinkedHashMap<>();
        config.tenants().forEach((tenant, keys) -> digests.put(tenant, keys.apiKeySha256()));
        if (digests.isEmpty() && config.broker() == Broker.EMBEDDED) {
            digests.put(ApiKeyFile.TENANT, ApiKeyFile.digest(config.data()));
        }
        if (digests.isEmpty()) {
            LOG.warn("no tenant is configured (veilora.tenants.<name>.api-key-sha256): every request will be refused");
        }
        return new ApiKeys(digests);
    }

    /** At the start, not at the first request: the key file has to be there for the first client. */
    void start(@Observes StartupEvent event, ProviderConfig config, Instance<ApiKeys> keys) {
        if (config.role().isGateway()) {
            LOG.debugf("%d tenants", keys.get().count());
        }
    }

    @Produces
    @Singleton
    WaitingSteps waiting() {
        return new WaitingSteps();
    }

    @Produces
    @Singleton
    InFlight inFlight(ProviderConfig config, MeterRegistry registry) {
        InFlight inFlight = new InFlight(config.gateway().maxInFlight());
        registry.gauge("veilora.steps.in.flight", inFlight, InFlight::total);
        return inFlight;
    }

    @Produces
    @Singleton
    StepGateway gateway(ProviderConfig config, BlobStore blobs, WaitingSteps waiting, EventPublisher events) {
        return new StepGateway(
                blobs, waiting, events::requested, config.gateway().answerWait());
    }
}
