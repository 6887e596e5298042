package io.veilora.client.linear;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.TokenRange;
import io.veilora.client.transport.StepTransport;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;

/**
 * Products of layers as steps in flight, a block each: encrypt, send, compute, receive and decrypt overlap ({@link Flights}).
 * Every step is a new encryption with a new step id; only the transport repeats bytes.
 */
final class RemoteCalls {
    private final MlweCipher cipher;
    private final StepTransport transport;
    private final StepCosts costs;
    private final FlightBudget budget;
    private final ForkJoinPool workers = new ForkJoinPool(Cores.count()); // its threads end when they are idle

    RemoteCalls(MlweCipher cipher, StepTransport transport, StepCosts costs, FlightBudget budget) {
        this.cipher = cipher;
        this.transport = transport;
        this.costs = costs;
        this.budget = budget;
    }

    /**
     * Overwrites the first {@code tokens} rows of {@code y} with the product.
     *
     * @param x (T, d)
     * @param y (T, d')
     * @param meanwhile runs once on the calling thread, while the provider computes
     */
    void multiply(RemoteProduct product, float[] x, int tokens, float[] y, Runnable meanwhile) {
        try (Flights flights = new Flights(this, product, y)) {
            for (List<TokenRange> window : product.windows(parameters(), tokens, budget.bytes())) {
                flights.launch(window, x);
            }
            meanwhile.run();
            flights.land();
        }
    }

    List<MlweCipher.Encryption> encrypt(RemoteProduct product, float[] x, List<TokenRange> window) {
        return cipher.encrypt(product.step(), x, window);
    }

    CompletableFuture<StepAnswer> send(RemoteProduct product, MlweCipher.Encryption encryption, TokenRange block) {
        int padded = parameters().paddedTokens(block.count());
        costs.sent(
                encryption.wire().length, padded, (long) padded * product.step().features());
        return transport.send(new StepRequest(
                UUID.randomUUID(), product.layer(), product.direction(), AnswerBits.BITS_16, encryption.wire()));
    }

    LatticeParameters parameters() {
        return cipher.parameters();
    }

    StepCosts costs() {
        return costs;
    }

    FlightBudget budget() {
        return budget;
    }

    ForkJoinPool workers() {
        return workers;
    }
}
