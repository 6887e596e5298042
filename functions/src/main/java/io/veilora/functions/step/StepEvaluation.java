package io.veilora.functions.step;

import io.veilora.functions.step.StepOutcome.Completed;
import io.veilora.functions.step.StepOutcome.Failed;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.StoredBytes;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.runtime.Product;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** {@code Y = B·Wᵀ} or {@code B·W} for one group: reads the requests, stacks them into one GEMM, stores the answers. */
final class StepEvaluation {
    private static final Logger LOG = Logger.getLogger(StepEvaluation.class);

    /** A step with its request mapped. @param answer the whole answer message: header and words */
    private record Loaded(
            CheckedStep step,
            StoredBytes request,
            Product product,
            EncryptedTensor tensor,
            MemorySegment answer,
            long micros) {}

    private final StepChecks checks;
    private final GroupGemm gemm;
    private final BlobStore blobs;
    private final AnswerMemory memory;

    StepEvaluation(StepChecks checks, GroupGemm gemm, BlobStore blobs, AnswerMemory memory) {
        this.checks = checks;
        this.gemm = gemm;
        this.blobs = blobs;
        this.memory = memory;
    }

    /** @return an outcome for each; one that fails does not touch the others */
    List<StepOutcome> evaluate(List<CheckedStep> group) {
        List<StepOutcome> outcomes = new ArrayList<>();
        List<Loaded> loaded = new ArrayList<>();
        long bytes = group.stream()
                .mapToLong(step -> AnswerMemory.rounded(step.answerBytes()))
                .sum();
        try (AnswerMemory.Lease answers = memory.lease(bytes)) {
            for (CheckedStep step : group) {
                try {
                    loaded.add(load(step, answers));
                } catch (IOException | RuntimeException e) {
                    outcomes.add(failedOrAnswered(step, e));
                }
            }
            if (!loaded.isEmpty()) {
                outcomes.addAll(multiply(loaded));
            }
        }
        return outcomes;
    }

    private List<StepOutcome> multiply(List<Loaded> loaded) {
        List<StepOutcome> outcomes = new ArrayList<>();
        long startMicros = nowMicros();
        long gemmMicros;
        try {
            gemmMicros = gemm.multiply(
                    loaded.stream().map(Loaded::step).toList(),
                    loaded.stream().map(Loaded::product).toList());
        } catch (IOException | RuntimeException e) {
            loaded.forEach(each -> outcomes.add(new Failed(each.step.event(), StepFunction.problem(e))));
            return outcomes;
        } finally {
            loaded.forEach(each -> each.request.close());
        }
        long tokens =
                loaded.stream().mapToLong(each -> each.step.event().tokens()).sum();
        for (Loaded each : loaded) {
            try {
                long share = gemmMicros * each.step.event().tokens() / tokens;
                long queue = Math.max(0, startMicros - each.step.event().requestedAtMicros());
                StepTiming timing = new StepTiming(share, queue, each.micros + store(each), 0);
                outcomes.add(new Completed(each.step.event(), timing, loaded.size()));
            } catch (IOException | RuntimeException e) {
                outcomes.add(new Failed(each.step.event(), StepFunction.problem(e)));
            }
        }
        return outcomes;
    }

    /** Another replica that got the same event may have answered and tidied up since we looked. */
    private StepOutcome failedOrAnswered(CheckedStep step, Exception failure) {
        try {
            if (blobs.exists(step.blob(Kind.ANSWER))) {
                return new Completed(step.event(), new StepTiming(0, 0, 0, 0), 0);
            }
        } catch (IOException e) {
            LOG.warnf("step %s: the store does not answer", step.event().stepId());
        }
        return new Failed(step.event(), StepFunction.problem(failure));
    }

    private Loaded load(CheckedStep step, AnswerMemory.Lease answers) throws IOException {
        long start = System.nanoTime();
        StoredBytes request = checks.request(step);
        try {
            return loaded(step, request, answers.take(step.answerBytes()), start);
        } catch (RuntimeException e) {
            request.close();
            throw e;
        }
    }

    private static Loaded loaded(CheckedStep step, StoredBytes request, MemorySegment answer, long start) {
        MemorySegment input = StepChecks.words(step, request.segment());
        EncryptedTensor tensor = EncryptedTensor.over(
                answer,
                step.model().parameters(),
                step.event().answerBits(),
                step.event().tokens(),
                step.answerFeatures());
        Product product = new Product(
                input, step.event().tokens(), tensor.payload(), step.event().answerBits());
        return new Loaded(step, request, product, tensor, answer, (System.nanoTime() - start) / 1000);
    }

    /** @return microseconds; an answer that is there already is the same one */
    private long store(Loaded loaded) throws IOException {
        long start = System.nanoTime();
        loaded.tensor.seal(loaded.answer);
        BoundedRetry.of(() -> blobs.putIfAbsent(loaded.step.blob(Kind.ANSWER), loaded.answer));
        return (System.nanoTime() - start) / 1000;
    }

    /** Keeps the reason of a failure for a client that asks later; best effort. */
    void storeProblem(Failed failed) {
        if (failed.problem().code() == ProblemCode.UNKNOWN_STEP) {
            return; // nobody can ask for it
        }
        BlobName name = new BlobName(failed.step().tenant(), failed.step().stepId(), Kind.PROBLEM);
        try {
            byte[] json =
                    ProtocolJson.MAPPER.writeValueAsBytes(failed.finished().problem());
            blobs.delete(name);
            blobs.putIfAbsent(name, MemorySegment.ofArray(json));
        } catch (IOException e) {
            LOG.warnf(
                    "step %s: its problem cannot be stored: %s",
                    name.stepId(), failed.problem().code());
        }
    }

    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
