package io.veilora.client.linear;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.PendingProduct;
import io.veilora.client.linear.RemoteProduct.Block;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.StepTransport.StepAnswer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinTask;

/**
 * The steps of one product that are under way, a block each. The calling thread orders everything; encryption and
 * decryption of several blocks run side by side on the workers, each of them on all cores where it can.
 *
 * <p>Blocks are sent in their order, and how many are in flight follows from shapes alone. Nothing that is sent waits for a
 * decrypted value (DESIGN §2, rule 3).
 */
final class Flights implements AutoCloseable {
    private final RemoteCalls calls;
    private final RemoteProduct product;
    private final float[] y;
    private final Deque<Flight> sent = new ArrayDeque<>(); // waiting for their answers
    private final List<Flight> landing = new ArrayList<>(); // being decrypted
    private final List<Flight> all = new ArrayList<>(); // whose secrets and bytes are not given back for certain
    private final CompletableFuture<StepAnswer> failure = new CompletableFuture<>(); // of any step, the first one
    private volatile boolean closing;

    /** One block on its way. */
    private final class Flight {
        private final Block block;
        private final long bytes;
        private final ForkJoinTask<MlweCipher.Encryption> encryption;
        private CompletableFuture<StepAnswer> answer;
        private ForkJoinTask<?> decryption;

        Flight(Block block, float[] x) {
            this.block = block;
            this.bytes = product.bytes(calls.parameters(), block);
            this.encryption = calls.workers().submit(() -> {
                if (closing) {
                    throw new CancellationException("another step failed");
                }
                return calls.encrypt(product, x, block);
            });
        }

        PendingProduct pending() {
            return encryption.join().pending();
        }

        void send() {
            answer = calls.send(product, encryption.join(), block);
            answer.whenComplete((arrived, problem) -> {
                if (problem != null) {
                    failure.completeExceptionally(problem);
                }
            });
        }

        void decrypt(StepAnswer arrived) {
            decryption = calls.workers().submit(() -> {
                try (PendingProduct pending = pending()) {
                    pending.decrypt(arrived.tensor(), product.answerScales(), y, block.first());
                }
            });
        }

        /** Ends what runs, wipes what is left of the secret, and gives the bytes back. */
        void close() {
            if (answer != null) {
                answer.cancel(true);
            }
            if (decryption != null) {
                decryption.quietlyJoin();
            }
            encryption.quietlyJoin();
            if (encryption.isCompletedNormally()) {
                pending().close();
            }
            calls.costs().landed(bytes);
            calls.budget().giveBack(bytes);
        }
    }

    Flights(RemoteCalls calls, RemoteProduct product, float[] y) {
        this.calls = calls;
        this.product = product;
        this.y = y;
    }

    /** Encrypts and sends the blocks of a window, then prepares their decryption while the provider computes. */
    void launch(List<Block> window, float[] x) {
        makeRoom(window.size(), product.bytes(calls.parameters(), window));
        List<Flight> launched = new ArrayList<>();
        for (Block block : window) {
            Flight flight = new Flight(block, x);
            launched.add(flight);
            all.add(flight);
        }
        for (Flight flight : launched) {
            calls.costs().crypto(flight.encryption::join);
            flight.send();
            sent.add(flight);
        }
        requireNoFailure();
        List<PendingProduct> pending = launched.stream().map(Flight::pending).toList();
        calls.costs().crypto(() -> PendingProduct.prepare(pending, product.hint()));
    }

    /** Lands what is in flight until a window's bytes can be taken and two windows are in flight at most. */
    private void makeRoom(int blocks, long bytes) {
        requireNoFailure();
        while (all.size() + blocks > 2 * RemoteProduct.LARGEST_WINDOW
                || !calls.budget().tryTake(bytes)) {
            if (all.isEmpty()) {
                calls.budget().take(bytes);
                break;
            }
            awaitNext();
            settle();
        }
        calls.costs().flying(bytes);
    }

    private void requireNoFailure() {
        if (failure.isDone()) {
            ProviderConnection.await(failure);
        }
    }

    /** Waits for every answer and for its decryption. */
    void land() {
        while (!sent.isEmpty()) {
            awaitNext();
        }
        settle();
    }

    /** Waits for the answer of the first block in flight, or for the failure of any, and begins to decrypt it. */
    private void awaitNext() {
        Flight next = sent.peek();
        long start = System.nanoTime();
        StepAnswer arrived = (StepAnswer) ProviderConnection.await(CompletableFuture.anyOf(next.answer, failure));
        calls.costs().waited(System.nanoTime() - start);
        calls.costs().answered(arrived);
        sent.remove();
        next.decrypt(arrived);
        landing.add(next);
    }

    /** Waits until everything that arrived is decrypted. */
    private void settle() {
        for (Flight flight : landing) {
            calls.costs().crypto(flight.decryption::join);
        }
        landing.forEach(Flight::close);
        all.removeAll(landing);
        landing.clear();
    }

    /** After success there is nothing left to do; after a failure, nothing of the secrets is left when this returns. */
    @Override
    public void close() {
        closing = true;
        for (Flight flight : all) {
            flight.close();
        }
        all.clear();
    }
}
