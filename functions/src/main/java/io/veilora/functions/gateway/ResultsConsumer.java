package io.veilora.functions.gateway;

import io.veilora.functions.step.StepEvents;
import io.veilora.protocol.problem.PermanentException;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/** Hears every result and wakes the requests at this gateway that wait for it. */
@ApplicationScoped
public class ResultsConsumer {
    private static final Logger LOG = Logger.getLogger(ResultsConsumer.class);

    private final WaitingSteps waiting;

    ResultsConsumer(WaitingSteps waiting) {
        this.waiting = waiting;
    }

    @Incoming("results")
    void heard(byte[] event) {
        try {
            waiting.finished(StepEvents.finished(event));
        } catch (PermanentException e) {
            LOG.warnf("a result was ignored: %s", e.getMessage());
        }
    }
}
