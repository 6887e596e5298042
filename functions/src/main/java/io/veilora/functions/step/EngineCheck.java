package io.veilora.functions.step;

import io.veilora.runtime.EngineChoice;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Says in {@code /health/live} which engine multiplies here, and why. */
@Liveness
@ApplicationScoped
public class EngineCheck implements HealthCheck {
    private final EngineChoice engine;

    EngineCheck(EngineChoice engine) {
        this.engine = engine;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("veilora engine")
                .up()
                .withData("engine", engine.reason())
                .build();
    }
}
