package io.veilora.functions.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.step.EventPublisher;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.tenant.AccountsConfig;
import io.veilora.functions.tenant.Principal;
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
    ApiKeys apiKeys(ProviderConfig config, AccountsConfig accounts) throws IOException {
        Map<Principal, String> digests = new LinkedHashMap<>();
        config.tenants()
                .forEach((tenant, keys) -> digests.put(Principal.configuredTenant(tenant), keys.apiKeySha256()));
        accounts.operators()
                .forEach((name, keys) -> digests.put(Principal.configuredOperator(name), keys.apiKeySha256()));
        if (config.broker() == Broker.EMBEDDED) {
            if (config.tenants().isEmpty()) {
                digests.put(Principal.configuredTenant(ApiKeyFile.TENANT), ApiKeyFile.digest(config.data()));
            }
            if (accounts.operators().isEmpty()) {
                digests.put(
                        Principal.configuredOperator(ApiKeyFile.OPERATOR), ApiKeyFile.operatorDigest(config.data()));
            }
        }
        if (digests.isEmpty()) {
            LOG.warn("no operator and no tenant is configured (veilora.accounts.operators.<name>.api-key-sha256):"
                    + " only keys that are in the database already will work");
        }
        return new ApiKeys(digests);
    }

    /** At the start, not at the first request: the key file has to be there for the first client. */
    void start(@Observes StartupEvent event, ProviderConfig config, Instance<ApiKeys> keys) {
        if (config.role().isGateway()) {
            LOG.debugf("%d configured keys", keys.get().count());
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
