package io.veilora.functions.gateway;

import io.smallrye.common.annotation.Identifier;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.Role;
import io.veilora.functions.gateway.Assignments.Results;
import io.veilora.functions.gateway.Assignments.Steps;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the broker has given the consumers of this role their partitions. */
@Readiness
@ApplicationScoped
public class ReadyCheck implements HealthCheck {
    private final Steps steps;
    private final Results results;
    private final Role role;

    ReadyCheck(
            @Identifier("veilora-steps") Steps steps,
            @Identifier("veilora-results") Results results,
            ProviderConfig config) {
        this.steps = steps;
        this.results = results;
        this.role = config.role();
    }

    public boolean isReady() {
        return (!role.isFunction() || steps.isAssigned()) && (!role.isGateway() || results.isAssigned());
    }

    /** Waits until the consumers have their partitions. @return whether they have in that time */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        return (!role.isFunction() || steps.await(timeout)) && (!role.isGateway() || results.await(timeout));
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("veilora consumers").status(isReady());
        if (role.isFunction()) {
            response.withData("steps", steps.isAssigned());
        }
        if (role.isGateway()) {
            response.withData("results", results.isAssigned());
        }
        return response.build();
    }
}
