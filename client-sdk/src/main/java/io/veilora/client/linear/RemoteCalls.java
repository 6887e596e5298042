package io.veilora.client.linear;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.StepTransport;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.AnswerBits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * One product of a layer as several steps in flight: while the provider computes one chunk of tokens the client encrypts
 * the next. Every chunk is a new encryption with a new step id; only the transport repeats bytes.
 */
final class RemoteCalls {
    /** Blocks in a step: enough to fill the provider's GEMM, few enough that steps overlap. */
    static final int BLOCKS_A_STEP = 1;

    /** Steps in flight; more would only hold memory. */
    private static final int IN_FLIGHT = 4;

    private record Flight(MlweCipher.Encryption encryption, CompletableFuture<StepAnswer> answer, int firstToken) {}

    private final MlweCipher cipher;
    private final StepTransport transport;
    private final StepCosts costs;

    RemoteCalls(MlweCipher cipher, StepTransport transport, StepCosts costs) {
        this.cipher = cipher;
        this.transport = transport;
        this.costs = costs;
    }

    LatticeParameters parameters() {
        return cipher.parameters();
    }

    /**
     * Overwrites the first {@code tokens} rows of {@code y} with the product.
     *
     * @param x (T, d)
     * @param answerScales multiplied into the features of the result; null if none
     * @param y (T, d')
     */
    void multiply(
            LayerId layer,
            Direction direction,
            TokenQuantizer.Step step,
            float[] x,
            int tokens,
            TransformedRows hint,
            float[] answerScales,
            float[] y) {
        int chunk = BLOCKS_A_STEP * cipher.parameters().ringDimension();
        Deque<Flight> flights = new ArrayDeque<>();
        try {
            for (int first = 0; first < tokens; first += chunk) {
                if (flights.size() == IN_FLIGHT) {
                    land(flights.remove(), hint, answerScales, y);
                }
                flights.add(launch(layer, direction, step, x, first, Math.min(chunk, tokens - first)));
            }
            while (!flights.isEmpty()) {
                land(flights.remove(), hint, answerScales, y);
            }
        } finally {
            flights.forEach(flight -> flight.encryption.pending().close());
        }
    }

    private Flight launch(
            LayerId layer, Direction direction, TokenQuantizer.Step step, float[] x, int first, int count) {
        long start = System.nanoTime();
        MlweCipher.Encryption encryption = cipher.encrypt(step, x, first, count);
        int padded = parameters().paddedTokens(count);
        costs.crypto(System.nanoTime() - start, (long) padded * step.features());
        costs.sent(encryption.wire().length, padded);
        StepRequest request =
                new StepRequest(UUID.randomUUID(), layer, direction, AnswerBits.BITS_16, encryption.wire());
        try {
            return new Flight(encryption, transport.send(request), first);
        } catch (RuntimeException e) {
            encryption.pending().close();
            throw e;
        }
    }

    private void land(Flight flight, TransformedRows hint, float[] answerScales, float[] y) {
        try (var pending = flight.encryption.pending()) {
            long start = System.nanoTime();
            StepAnswer answer = ProviderConnection.await(flight.answer);
            long answered = System.nanoTime();
            costs.waited(answered - start);
            costs.answered(answer);
            pending.decrypt(answer.tensor(), hint, answerScales, y, flight.firstToken);
            costs.crypto(
                    System.nanoTime() - answered,
                    (long) answer.tensor().tokens() * answer.tensor().features());
        }
    }
}
