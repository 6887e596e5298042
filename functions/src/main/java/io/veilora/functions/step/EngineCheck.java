package io.veilora.functions.step;

import io.veilora.functions.ProviderConfig;
import io.veilora.runtime.EngineChoice;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Says in {@code /health/live} which engine multiplies here, and why; a gateway has none. */
@Liveness
@ApplicationScoped
public class EngineCheck implements HealthCheck {
    private final Instance<EngineChoice> engine;
    private final ProviderConfig config;

    EngineCheck(Instance<EngineChoice> engine, ProviderConfig config) {
        this.engine = engine;
        this.config = config;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("veilora engine")
                .up()
                .withData("engine", config.role().isFunction() ? engine.get().reason() : "none")
                .build();
    }
}
