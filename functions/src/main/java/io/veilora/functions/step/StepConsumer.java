package io.veilora.functions.step;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.annotations.Blocking;
import io.veilora.functions.step.StepOutcome.Completed;
import io.veilora.functions.step.StepOutcome.Failed;
import io.veilora.functions.step.StepOutcome.Foreign;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepRequested;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * Connects {@link StepFunction} to Kafka: a batch in, results and dead letters out. What it returns acknowledges the
 * batch, when everything is stored, charged and published. A result that cannot be published is not lost: the answer
 * is in the store, where the gateway looks before it gives up.
 */
@ApplicationScoped
public class StepConsumer {
    private static final Logger LOG = Logger.getLogger(StepConsumer.class);

    private final StepFunction steps;
    private final StepMetrics metrics;
    private final EventPublisher events;
    private final StepIntake intake;

    StepConsumer(StepFunction steps, StepMetrics metrics, EventPublisher events, StepIntake intake) {
        this.steps = steps;
        this.metrics = metrics;
        this.events = events;
        this.intake = intake;
    }

    @Incoming("steps")
    @Blocking
    Uni<Void> consume(ConsumerRecords<String, byte[]> records) {
        if (!intake.begin(records.count())) {
            return Uni.createFrom().nothing(); // never acknowledged here
        }
        try {
            compute(records);
            return Uni.createFrom().voidItem();
        } finally {
            intake.end();
        }
    }

    private void compute(ConsumerRecords<String, byte[]> records) {
        List<CompletableFuture<Void>> published = new ArrayList<>();
        Map<StepRequested, ConsumerRecord<String, byte[]>> origins = new LinkedHashMap<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            try {
                origins.putIfAbsent(StepEvents.requested(record.value()), record);
            } catch (PermanentException e) {
                metrics.poison();
                published.add(bury(record, e.problem()));
            }
        }
        for (StepOutcome outcome : steps.process(List.copyOf(origins.keySet()))) {
            metrics.record(outcome);
            switch (outcome) {
                case Completed completed -> published.add(events.finished(completed.finished()));
                case Failed failed -> {
                    published.add(events.finished(failed.finished()));
                    published.add(bury(origins.get(failed.step()), failed.problem()));
                }
                case Foreign foreign -> published.add(bury(origins.get(foreign.step()), foreign.problem()));
            }
        }
        published.forEach(StepConsumer::await);
    }

    private CompletableFuture<Void> bury(ConsumerRecord<String, byte[]> record, Problem problem) {
        LOG.warnf(
                "event %s-%d@%d goes to the dead letters: %s",
                record.topic(), record.partition(), record.offset(), problem.message());
        return events.deadLetter(record, problem);
    }

    private static void await(CompletableFuture<Void> published) {
        try {
            published.join();
        } catch (RuntimeException e) {
            LOG.errorf(e, "an event could not be published");
        }
    }
}
