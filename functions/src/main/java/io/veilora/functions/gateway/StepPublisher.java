package io.veilora.functions.gateway;

import io.veilora.protocol.step.StepRequested;
import java.util.concurrent.CompletableFuture;

/** Puts a step on the topic. */
@FunctionalInterface
interface StepPublisher {
    /** @return completes when the broker has the event */
    CompletableFuture<Void> publish(StepRequested step);
}
