package io.veilora.client.linear;

import io.veilora.client.OpenModel;
import io.veilora.client.PlainLoopProvider;
import io.veilora.client.transport.StepTransport;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A provider in this process that keeps every request it saw. */
final class OpenProvider implements StepTransport {
    final List<StepRequest> requests = new CopyOnWriteArrayList<>();

    private final OpenModel model;

    OpenProvider(OpenModel model) {
        this.model = model;
    }

    @Override
    public CompletableFuture<StepAnswer> send(StepRequest request) {
        requests.add(request);
        return CompletableFuture.completedFuture(answer(request));
    }

    StepAnswer answer(StepRequest request) {
        EncryptedTensor tensor = PlainLoopProvider.multiply(
                model.weights().get(request.layer()),
                request.direction(),
                EncryptedTensor.read(MemorySegment.ofArray(request.wire())),
                request.answerBits());
        return answer(tensor);
    }

    static StepAnswer answer(EncryptedTensor tensor) {
        return new StepAnswer(tensor, tensor.payload().byteSize() + 64, new StepTiming(1, 2, 3, 4), 5);
    }
}
