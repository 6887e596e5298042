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
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.S3BlobStore;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Server;
import io.veilora.functions.store.ShakyConnection;
import io.veilora.functions.store.ShakyConnection.Fault;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps whose bytes lie in a real S3 server behind a bad connection: nothing is lost, and nothing charged twice. */
class StepFunctionOverS3Test {
    private static final LayerId LAYER = LayerId.parse("blocks.0.qkv");
    private static final int TOKENS = 256;

    @TempDir
    static Path shared;

    private static FileModelStore models;
    private static ModelManifest model;

    @TempDir
    Path folder;

    private final RecordingGemm gemm = new RecordingGemm();
    private final TestLedger ledger = new TestLedger();
    private S3Server server;
    private ShakyConnection connection;
    private S3Bucket direct;
    private S3Bucket shaky;

    /** Without faults. */
    private BlobStore blobs;

    @BeforeAll
    static void importModel() throws IOException {
        models = new FileModelStore(shared.resolve("models"));
        model = new ModelImporter(models, new ScalarGemm())
                .run(ImportRequest.of(TinyModel.write(shared.resolve("source"), 1), "tiny"), ImportProgress.SILENT)
                .manifest();
    }

    @BeforeEach
    void start() throws IOException {
        server = new S3Server(folder.resolve("s3"), 0).start();
        connection = new ShakyConnection(server.port());
        direct = S3Bucket.of(server.config());
        shaky = S3Bucket.of(S3Server.config(connection.url()));
        blobs = new S3BlobStore(direct, folder.resolve("scratch"), Optional.empty());
    }

    @AfterEach
    void stop() throws IOException {
        direct.close();
        shaky.close();
        connection.close();
        server.close();
    }

    /** The requests of a step: its claim, whether it was answered, its bytes, its answer, the end of its bytes. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void aShortFaultAtAnyRequestOnlyCostsTime(Fault fault) throws Exception {
        int requests = 5;
        for (int number = 1; number <= requests; number++) {
            StepRequested step = stored(number);
            assertThat(process(step, number, fault)).isInstanceOf(Completed.class);
            assertAnswer(step, number);
            assertThat(ledger.rows(step.stepId())).isOne();
        }
        assertThat(connection.suffered()).isEqualTo(requests);
        assertThat(gemm.stacks()).hasSize(requests);
    }

    @Test
    void aStoreThatStaysAwayFailsTheStepAsRetriableAndIsChargedOnceWhenItIsBack() throws Exception {
        StepRequested step = stored(1);
        server.stop();
        assertThat(process(step)).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.UNAVAILABLE);
            assertThat(failed.problem().retriable()).isTrue();
        });
        assertThat(ledger.rows()).isZero();
        server.start();
        assertThat(process(step)).isInstanceOf(Completed.class);
        assertThat(process(step)).isInstanceOf(Completed.class);
        assertAnswer(step, 1);
        assertThat(ledger.rows(step.stepId())).isOne();
        assertThat(gemm.stacks()).containsExactly(1);
    }

    private StepOutcome process(StepRequested step) throws IOException {
        return process(step, 0, null);
    }

    /** @param faulty the number of the call to the store whose connection gets the fault, from 1, or 0 */
    private StepOutcome process(StepRequested step, int faulty, Fault fault) throws IOException {
        BlobStore behind = new S3BlobStore(shaky, folder.resolve("scratch"), Optional.empty());
        AtomicInteger calls = new AtomicInteger();
        BlobStore store = (BlobStore) Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(), new Class<?>[] {BlobStore.class}, (proxy, method, arguments) -> {
                    if (calls.incrementAndGet() == faulty) {
                        connection.next(fault);
                    }
                    try {
                        return method.invoke(behind, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        WeightsCache weights = new WeightsCache(models, gemm, 1 << 20);
        StepFunction function = new StepFunction(models, new GroupGemm(gemm, weights), store, ledger.ledger(), 1 << 28);
        return function.process(List.of(step)).getFirst();
    }

    private StepRequested stored(long seed) throws IOException {
        byte[] body = request(seed);
        StepRequested step = new StepRequested(
                UUID.randomUUID(),
                "alice",
                "tiny",
                LAYER,
                Direction.FORWARD,
                TOKENS,
                AnswerBits.BITS_16,
                EncryptedTensor.statedDigest(MemorySegment.ofArray(body)),
                1);
        StepClaim.claim(blobs, step);
        blobs.putIfAbsent(name(step, Kind.REQUEST), MemorySegment.ofArray(body));
        return step;
    }

    private static byte[] request(long seed) {
        return Words.request(seed, TOKENS, model.layer(LAYER).requestFeatures(Direction.FORWARD));
    }

    private void assertAnswer(StepRequested step, long seed) throws IOException {
        byte[] expected = Words.answer(
                request(seed),
                model.layer(LAYER),
                Direction.FORWARD,
                AnswerBits.BITS_16,
                shared.resolve("models/tiny"));
        assertThat(blobs.get(name(step, Kind.ANSWER)))
                .hasValueSatisfying(answer -> assertThat(answer).isEqualTo(expected));
    }

    private static BlobName name(StepRequested step, Kind kind) {
        return new BlobName(step.tenant(), step.stepId(), kind);
    }
}
