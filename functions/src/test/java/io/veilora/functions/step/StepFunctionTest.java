package io.veilora.functions.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.functions.TinyModel;
import io.veilora.functions.Words;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.functions.model.WeightsCache;
import io.veilora.functions.step.StepOutcome.Completed;
import io.veilora.functions.step.StepOutcome.Failed;
import io.veilora.functions.step.StepOutcome.Foreign;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepFunctionTest {
    private static final LayerId QKV = LayerId.parse("blocks.0.qkv");
    private static final LayerId DOWN = LayerId.parse("blocks.0.down");
    private static final long BUDGET = 1 << 28;

    @TempDir
    static Path shared;

    private static FileModelStore models;
    private static ModelManifest model;

    @TempDir
    Path folder;

    private final RecordingGemm gemm = new RecordingGemm();
    private final TestLedger ledger = new TestLedger();
    private BlobStore blobs;

    @BeforeAll
    static void importModel() throws IOException {
        models = new FileModelStore(shared.resolve("models"));
        Path source = TinyModel.write(shared.resolve("source"), 1);
        model = new ModelImporter(models, new ScalarGemm())
                .run(ImportRequest.of(source, "tiny"), ImportProgress.SILENT)
                .manifest();
    }

    @BeforeEach
    void open() throws IOException {
        blobs = new FileBlobStore(folder);
    }

    @Test
    void everyLayerDirectionAndWidthIsTheScalarProduct() throws Exception {
        List<StepRequested> steps = new ArrayList<>();
        for (RemoteLayer layer : model.layers()) {
            for (Direction direction : Direction.values()) {
                for (AnswerBits bits : AnswerBits.values()) {
                    steps.add(stored("alice", layer.id(), direction, bits, steps.size()));
                }
            }
        }
        assertThat(process(steps)).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Completed.class));
        for (int i = 0; i < steps.size(); i++) {
            assertAnswer(steps.get(i), i);
        }
        assertThat(ledger.rows()).isEqualTo(steps.size());
    }

    @Test
    void stepsOfOneLayerAreStackedAlsoAcrossTenantsAndEachAnswerIsItsOwn() throws Exception {
        List<StepRequested> steps = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            steps.add(stored(i % 2 == 0 ? "alice" : "bob", QKV, Direction.FORWARD, AnswerBits.BITS_16, i));
        }
        steps.add(stored("alice", DOWN, Direction.FORWARD, AnswerBits.BITS_16, 5));
        steps.add(stored("alice", QKV, Direction.BACKWARD, AnswerBits.BITS_16, 6));
        Collections.shuffle(steps.subList(0, 5), new java.util.Random(1));
        process(steps);
        assertThat(gemm.stacks()).containsExactlyInAnyOrder(5, 1, 1);
    }

    @Test
    void aSmallMemoryBudgetCutsAGroup() throws Exception {
        List<StepRequested> steps = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            steps.add(stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, i));
        }
        function(blobs, 70_000).process(steps);
        assertThat(gemm.stacks()).containsExactly(2, 2);
        assertAnswer(steps.get(3), 3);
    }

    @Test
    void aRepeatedStepIsNeitherComputedNorChargedAgain() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        process(List.of(step, StepClaim.republished(step, 77), step));
        assertThat(gemm.stacks()).containsExactly(1);
        List<StepOutcome> again = process(List.of(StepClaim.republished(step, 99)));
        assertThat(again).singleElement().isInstanceOfSatisfying(Completed.class, completed -> {
            assertThat(completed.stacked()).isZero();
            assertThat(completed.finished().completed()).isTrue();
        });
        assertThat(gemm.stacks()).containsExactly(1);
        assertThat(ledger.rows(step.stepId())).isOne();
        assertAnswer(step, 1);
    }

    @Test
    void aCrashAfterTheAnswerAndBeforeTheLedgerIsMadeGoodByTheRepetition() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        byte[] answer = Words.answer(
                request(step, 1),
                model.layer(QKV),
                Direction.FORWARD,
                AnswerBits.BITS_16,
                shared.resolve("models/tiny"));
        blobs.putIfAbsent(blob(step, Kind.ANSWER), MemorySegment.ofArray(answer));
        process(List.of(step));
        assertThat(ledger.rows(step.stepId())).isOne();
    }

    @Test
    void anEventThatContradictsItsClaimChangesNothing() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        StepRequested forged = new StepRequested(
                step.stepId(),
                "alice",
                "tiny",
                QKV,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_32,
                step.requestDigest(),
                0);
        assertThat(process(List.of(forged))).singleElement().isInstanceOf(Foreign.class);
        assertThat(blobs.exists(blob(step, Kind.ANSWER))).isFalse();
        assertThat(blobs.exists(blob(step, Kind.PROBLEM))).isFalse();
        process(List.of(forged, step));
        assertAnswer(step, 1);
    }

    @Test
    void oneBadStepDoesNotTouchTheOthers() throws Exception {
        StepRequested good = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        StepRequested damaged = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 2);
        blobs.delete(blob(damaged, Kind.REQUEST));
        blobs.putIfAbsent(blob(damaged, Kind.REQUEST), MemorySegment.ofArray(request(damaged, 3)));
        StepRequested lost = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 4);
        blobs.delete(blob(lost, Kind.REQUEST));
        List<StepOutcome> outcomes = process(List.of(damaged, good, lost));
        assertFailed(outcomes, damaged, ProblemCode.DIGEST_MISMATCH, true);
        assertFailed(outcomes, lost, ProblemCode.UNKNOWN_STEP, false);
        assertAnswer(good, 1);
    }

    @Test
    void unknownModelsLayersAndTokenCountsFailForGood() throws Exception {
        List<StepOutcome> outcomes = process(List.of(
                claimed("nothing", QKV, 256),
                claimed("tiny", new LayerId(QKV.kind(), 7), 256),
                claimed("tiny", QKV, 255)));
        assertThat(outcomes)
                .extracting(outcome -> ((Failed) outcome).problem().code())
                .containsExactlyInAnyOrder(
                        ProblemCode.UNKNOWN_MODEL, ProblemCode.UNKNOWN_LAYER, ProblemCode.WRONG_SHAPE);
        assertThat(outcomes).noneMatch(outcome -> ((Failed) outcome).problem().retriable());
    }

    @Test
    void aStoreThatFailsForAMomentIsTriedAgain() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        BlobStore shaky = new FailingBlobStore(blobs, name -> name.kind() == Kind.ANSWER, 2, "connection reset");
        assertThat(function(shaky, BUDGET).process(List.of(step)))
                .singleElement()
                .isInstanceOf(Completed.class);
        assertAnswer(step, 1);
    }

    @Test
    void aStoreThatStaysAwayFailsTheStepAsRetriableAndTheNextTryFindsTheRequest() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        BlobStore down = new FailingBlobStore(blobs, name -> name.kind() == Kind.ANSWER, 99, "connection reset");
        assertFailed(function(down, BUDGET).process(List.of(step)), step, ProblemCode.UNAVAILABLE, true);
        assertThat(ledger.rows()).isZero();
        assertThat(process(List.of(step))).singleElement().isInstanceOf(Completed.class);
    }

    @Test
    void aFullDiskFailsAtOnceAsRetriable() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        FailingBlobStore full =
                new FailingBlobStore(blobs, name -> name.kind() == Kind.ANSWER, 99, "No space left on device");
        assertFailed(function(full, BUDGET).process(List.of(step)), step, ProblemCode.STORE_FULL, true);
        assertThat(full.attempts()).isOne();
    }

    @Test
    void anAnswerThatCannotBeChargedIsTakenBack() throws Exception {
        StepRequested step = stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1);
        ledger.breakDown();
        assertFailed(process(List.of(step)), step, ProblemCode.UNAVAILABLE, true);
        assertThat(blobs.exists(blob(step, Kind.ANSWER))).isFalse();
        assertThat(blobs.exists(blob(step, Kind.REQUEST))).isTrue();
    }

    @Test
    void theLedgerHoldsWhatAStepCost() throws Exception {
        process(List.of(stored("alice", QKV, Direction.FORWARD, AnswerBits.BITS_16, 1)));
        RemoteLayer layer = model.layer(QKV);
        assertThat(ledger.multiplyAdds()).isEqualTo(256L * layer.inputFeatures() * layer.outputFeatures());
    }

    private List<StepOutcome> process(List<StepRequested> steps) {
        return function(blobs, BUDGET).process(steps);
    }

    private StepFunction function(BlobStore store, long budget) {
        WeightsCache weights = new WeightsCache(models, gemm, 1 << 20);
        return new StepFunction(models, new GroupGemm(gemm, weights), store, ledger.ledger(), budget);
    }

    /** A step as the gateway leaves it: claimed, its request stored. */
    private StepRequested stored(String tenant, LayerId layer, Direction direction, AnswerBits bits, long seed)
            throws IOException {
        byte[] body = Words.request(seed, 256, model.layer(layer).requestFeatures(direction));
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                tenant,
                "tiny",
                layer,
                direction,
                256,
                bits,
                EncryptedTensor.statedDigest(MemorySegment.ofArray(body)),
                1);
        StepClaim.claim(blobs, step);
        blobs.putIfAbsent(blob(step, Kind.REQUEST), MemorySegment.ofArray(body));
        return step;
    }

    private StepRequested claimed(String modelName, LayerId layer, int tokens) throws IOException {
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                "alice",
                modelName,
                layer,
                Direction.FORWARD,
                tokens,
                AnswerBits.BITS_16,
                "00".repeat(32),
                1);
        return StepClaim.claim(blobs, step);
    }

    private static byte[] request(StepRequested step, long seed) {
        return Words.request(seed, 256, model.layer(step.layer()).requestFeatures(step.direction()));
    }

    private void assertAnswer(StepRequested step, long seed) throws IOException {
        byte[] expected = Words.answer(
                request(step, seed),
                model.layer(step.layer()),
                step.direction(),
                step.answerBits(),
                shared.resolve("models/tiny"));
        assertThat(blobs.get(blob(step, Kind.ANSWER)))
                .hasValueSatisfying(answer -> assertThat(answer).isEqualTo(expected));
    }

    private static void assertFailed(
            List<StepOutcome> outcomes, StepRequested step, ProblemCode code, boolean retriable) {
        assertThat(outcomes)
                .filteredOn(outcome -> outcome.step().equals(step))
                .singleElement()
                .isInstanceOfSatisfying(Failed.class, failed -> {
                    assertThat(failed.problem().code()).isEqualTo(code);
                    assertThat(failed.problem().retriable()).isEqualTo(retriable);
                    assertThat(failed.finished().problem().stepId())
                            .isEqualTo(step.stepId().toString());
                });
    }

    private static BlobName blob(StepRequested step, Kind kind) {
        return new BlobName(step.tenant(), step.stepId(), kind);
    }
}
