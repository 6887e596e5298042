package io.veilora.client.linear;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.PendingProduct;
import io.veilora.client.crypto.TokenRange;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.StepTransport.StepAnswer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinTask;

/**
 * The steps of one product that are under way, a block each. The calling thread orders everything; the workers encrypt a
 * window of blocks in one pass over the public matrix, and decrypt several answers side by side.
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

    /** One block on its way. */
    private final class Flight {
        private final TokenRange block;
        private final long bytes;
        private final ForkJoinTask<List<MlweCipher.Encryption>> window; // this block's encryption among others
        private final int place; // in its window
        private CompletableFuture<StepAnswer> answer;
        private ForkJoinTask<?> decryption;

        Flight(TokenRange block, ForkJoinTask<List<MlweCipher.Encryption>> window, int place) {
            this.block = block;
            this.bytes = product.bytes(calls.parameters(), block);
            this.window = window;
            this.place = place;
        }

        private MlweCipher.Encryption encryption() {
            return window.join().get(place);
        }

        PendingProduct pending() {
            return encryption().pending();
        }

        void send() {
            answer = calls.send(product, encryption(), block);
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
            window.quietlyJoin();
            if (window.isCompletedNormally()) {
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
    void launch(List<TokenRange> window, float[] x) {
        makeRoom(window.size(), product.bytes(calls.parameters(), window));
        ForkJoinTask<List<MlweCipher.Encryption>> encryption =
                calls.workers().submit(() -> calls.encrypt(product, x, window));
        List<Flight> launched = new ArrayList<>();
        for (TokenRange block : window) {
            Flight flight = new Flight(block, encryption, launched.size());
            launched.add(flight);
            all.add(flight);
        }
        calls.costs().crypto(encryption::join);
        for (Flight flight : launched) {
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
        for (Flight flight : all) {
            flight.close();
        }
        all.clear();
    }
}
