package io.veilora.functions.gateway;

import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The steps that requests at this gateway wait for. Requests of one step share one wait. */
final class WaitingSteps {
    private final Map<BlobName, Wait> waits = new ConcurrentHashMap<>();

    /** The wait for one step, shared by everyone who asks for it. */
    final class Wait implements AutoCloseable {
        private final BlobName name;
        private final String requestDigest;
        private final CompletableFuture<StepFinished> finished = new CompletableFuture<>();
        private int requests;

        private Wait(BlobName name, String requestDigest) {
            this.name = name;
            this.requestDigest = requestDigest;
        }

        /** The step's end, or empty if it has not come in that time. @throws VeiloraException see {@link #fail} */
        Optional<StepFinished> await(Duration timeout) {
            try {
                return Optional.of(finished.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            } catch (ExecutionException e) {
                throw (VeiloraException) e.getCause();
            }
        }

        /** The step could not be published: nobody will finish it. */
        void fail(VeiloraException reason) {
            finished.completeExceptionally(reason);
        }

        @Override
        public void close() {
            waits.computeIfPresent(name, (key, wait) -> wait == this && --requests == 0 ? null : wait);
        }
    }

    /** @param first whether nobody else waits for the step here: then it has to be published */
    record Joined(Wait entry, boolean first) {}

    Joined join(StepRequested step) {
        BlobName name = new BlobName(step.tenant(), step.stepId(), Kind.CLAIM);
        boolean[] first = {false};
        Wait joined = waits.compute(name, (key, present) -> {
            Wait wait = present;
            if (wait == null || wait.finished.isDone()) {
                first[0] = true;
                wait = new Wait(name, step.requestDigest());
            }
            wait.requests++;
            return wait;
        });
        return new Joined(joined, first[0]);
    }

    /** Wakes those who wait for this step. A result of other bytes under the same id is nobody's. */
    void finished(StepFinished result) {
        Wait wait = waits.get(new BlobName(result.tenant(), result.stepId(), Kind.CLAIM));
        if (wait != null && wait.requestDigest.equals(result.requestDigest())) {
            wait.finished.complete(result);
        }
    }

    /** The steps waited for now. */
    Set<BlobName> names() {
        return Set.copyOf(waits.keySet());
    }
}
