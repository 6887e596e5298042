package io.veilora.client.transport;

import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A step and its answer with arbitrary words, and a connection that is soon out of patience. */
final class Steps {
    static final UUID ID = UUID.fromString("6f2c3a1e-0000-4000-8000-000000000001");
    static final String API_KEY = "vk_very-secret";

    private Steps() {}

    private static byte[] tensor(AnswerBits bits, int features) {
        byte[] payload = new byte[256 * features * bits.bytes()];
        new Random(features).nextBytes(payload);
        return new EncryptedTensor(LatticeParameters.MLWE_256x5, bits, 256, features, MemorySegment.ofArray(payload))
                .toBytes();
    }

    static StepRequest request() {
        return new StepRequest(
                ID,
                LayerId.parse("blocks.3.gate_up"),
                Direction.BACKWARD,
                AnswerBits.BITS_16,
                tensor(AnswerBits.BITS_32, 5));
    }

    static byte[] answer() {
        return tensor(AnswerBits.BITS_16, 7);
    }

    static ProviderConnection connection(URI provider, Duration patience, ConnectionListener listener) {
        return new ProviderConnection(provider, API_KEY, patience, listener);
    }

    /** Sends the step and waits. */
    static StepAnswer send(ProviderConnection connection) {
        CompletableFuture<StepAnswer> answer = new HttpStepTransport(connection, "tiny").send(request());
        return ProviderConnection.await(answer);
    }
}
