package io.veilora.functions.step;

import io.veilora.functions.StepPools;
import io.veilora.functions.broker.Topics;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Puts our events on their topics. A plain producer, because a step waits for it twice: a reactive channel costs two
 * more hand-overs between threads for each event.
 */
public final class EventPublisher {
    private final Producer<String, byte[]> producer;
    private final StepPools pools;

    public EventPublisher(Producer<String, byte[]> producer, StepPools pools) {
        this.producer = producer;
        this.pools = pools;
    }

    /** A step to compute, on its model's topic, keyed by its layer. @return completes when the broker has it */
    public CompletableFuture<Void> requested(StepRequested step) {
        return send(new ProducerRecord<>(pools.topic(step.model()), step.recordKey(), StepEvents.encode(step)));
    }

    /** The end of a step, keyed by its id. @return completes when the broker has it */
    public CompletableFuture<Void> finished(StepFinished finished) {
        String recordKey = finished.stepId().toString();
        return send(new ProducerRecord<>(Topics.RESULTS, recordKey, StepEvents.encode(finished)));
    }

    /** The record as it came, with the reason and the place it came from in headers. */
    CompletableFuture<Void> deadLetter(ConsumerRecord<String, byte[]> origin, Problem problem) {
        ProducerRecord<String, byte[]> letter = new ProducerRecord<>(Topics.DEAD_LETTERS, origin.key(), origin.value());
        header(letter, "veilora-reason-code", problem.code().name());
        header(letter, "veilora-reason", problem.message());
        header(letter, "veilora-topic", origin.topic());
        header(letter, "veilora-partition", Integer.toString(origin.partition()));
        header(letter, "veilora-offset", Long.toString(origin.offset()));
        return send(letter);
    }

    private CompletableFuture<Void> send(ProducerRecord<String, byte[]> record) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        producer.send(record, (metadata, failure) -> {
            if (failure == null) {
                sent.complete(null);
            } else {
                sent.completeExceptionally(failure);
            }
        });
        return sent;
    }

    private static void header(ProducerRecord<String, byte[]> record, String name, String value) {
        record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
