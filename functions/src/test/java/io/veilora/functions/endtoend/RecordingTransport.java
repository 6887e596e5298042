package io.veilora.functions.endtoend;

import io.veilora.client.transport.StepTransport;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Passes every step on and remembers what was sent. */
final class RecordingTransport implements StepTransport {
    private final StepTransport transport;
    private final Queue<StepRequest> sent = new ConcurrentLinkedQueue<>();

    RecordingTransport(StepTransport transport) {
        this.transport = transport;
    }

    @Override
    public CompletableFuture<StepAnswer> send(StepRequest request) {
        sent.add(request);
        return transport.send(request);
    }

    /** All requests up to now, in the order of sending. */
    List<StepRequest> sent() {
        return List.copyOf(sent);
    }

    List<UUID> stepIds() {
        return sent.stream().map(StepRequest::stepId).toList();
    }
}
