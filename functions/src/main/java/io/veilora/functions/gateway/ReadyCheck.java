package io.veilora.functions.gateway;

import io.smallrye.common.annotation.Identifier;
import io.veilora.functions.gateway.Assignments.Results;
import io.veilora.functions.gateway.Assignments.Steps;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the broker has given both consumers their partitions. */
@Readiness
@ApplicationScoped
public class ReadyCheck implements HealthCheck {
    private final Steps steps;
    private final Results results;

    ReadyCheck(@Identifier("veilora-steps") Steps steps, @Identifier("veilora-results") Results results) {
        this.steps = steps;
        this.results = results;
    }

    public boolean isReady() {
        return steps.isAssigned() && results.isAssigned();
    }

    /** Waits until both consumers have their partitions. @return whether they have in that time */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        return steps.await(timeout) && results.await(timeout);
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("veilora consumers")
                .status(isReady())
                .withData("steps", steps.isAssigned())
                .withData("results", results.isAssigned())
                .build();
    }
}
