package io.veilora.functions.step;

import io.micrometer.core.instrument.MeterRegistry;
import io.veilora.functions.step.StepOutcome.Completed;
import io.veilora.functions.step.StepOutcome.Failed;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.step.StepTiming;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;

/** What an operator sees of the steps: counts and times by kind of layer. Nothing of tenants, models or data. */
@ApplicationScoped
public class StepMetrics {
    private final MeterRegistry registry;

    StepMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void record(StepOutcome outcome) {
        switch (outcome) {
            case Completed completed when completed.stacked() == 0 -> count(completed.step(), "repeated");
            case Completed completed -> {
                count(completed.step(), "completed");
                StepTiming timing = completed.timing();
                time("veilora.step.gemm", completed.step(), timing.gemm());
                time("veilora.step.queue", completed.step(), timing.queue());
                time("veilora.step.store", completed.step(), timing.store());
                registry.summary("veilora.step.batch.fill").record(completed.stacked());
            }
            case Failed failed -> count(failed.step(), "failed");
            case StepOutcome.Foreign foreign -> poison();
        }
    }

    /** An event that nobody can act on. */
    void poison() {
        registry.counter("veilora.events.poison").increment();
    }

    private void count(StepRequested step, String outcome) {
        registry.counter("veilora.steps", "kind", kind(step), "direction", direction(step), "outcome", outcome)
                .increment();
    }

    private void time(String name, StepRequested step, long micros) {
        registry.timer(name, "kind", kind(step), "direction", direction(step)).record(micros, TimeUnit.MICROSECONDS);
    }

    private static String kind(StepRequested step) {
        return step.layer().kind().label();
    }

    private static String direction(StepRequested step) {
        return step.direction().label();
    }
}
