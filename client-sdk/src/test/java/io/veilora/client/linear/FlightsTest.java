package io.veilora.client.linear;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.OpenModel;
import io.veilora.client.crypto.InsecureSecretWatch;
import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.client.transport.StepTransport;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several steps of one product in flight, and what is left of their secrets when one of them fails. */
@Timeout(60)
class FlightsTest {
    private static final LayerId LAYER = LayerId.parse("blocks.0.qkv");
    private static final int TOKENS = 3 * 256;

    private static OpenModel model;

    @TempDir
    Path folder;

    private final OpenProvider provider = new OpenProvider(model);
    private final ExactProduct exact =
            ExactProduct.ofRandomInput(model.weights().get(LAYER), Direction.FORWARD, TOKENS, 5);

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(OpenModel.smallConfig(), 4);
    }

    private float[] product(StepTransport transport) {
        return exact.by(new EncryptedLayers(model.manifest(), model, transport).apply(LAYER));
    }

    private TokenQuantizer.Step step() {
        return new TokenQuantizer.Step(
                "watched", exact.inputs(), model.weights().get(LAYER).maxNorm(Direction.FORWARD), null);
    }

    private InsecureSecretWatch watch() {
        InsecureSecretWatch watch = new InsecureSecretWatch(
                folder, model.manifest().publicMatrix(), model.manifest().modelDigest(), exact.inputs());
        for (int first = 0; first < TOKENS; first += 256) {
            watch.watch(step(), exact.x(), first, 256);
        }
        return watch;
    }

    /** The product by a cipher whose secrets {@code watch} knows. */
    private void product(InsecureSecretWatch watch, StepTransport transport) {
        TransformedRows hint = TransformedRows.ofHint(
                model.hint(LAYER, Direction.FORWARD),
                LatticeParameters.MLWE_256x5,
                exact.outputs(),
                new TransformBudget(0));
        float[] y = new float[TOKENS * exact.outputs()];
        RemoteProduct product = new RemoteProduct(LAYER, Direction.FORWARD, step(), hint, exact.outputs(), null);
        new RemoteCalls(watch.cipher(), transport, new StepCosts(), new FlightBudget(1 << 30))
                .multiply(product, exact.x(), TOKENS, y, () -> {});
    }

    @Test
    void aProviderThatWaitsForASecondStepGetsOne() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        float[] y = product(request -> {
            CompletableFuture<StepAnswer> answer = new CompletableFuture<>();
            waiting.add(() -> answer.complete(provider.answer(request)));
            provider.requests.add(request);
            if (provider.requests.size() >= 2) { // the later one is answered first
                while (!waiting.isEmpty()) {
                    waiting.removeLast().run();
                }
            }
            return answer;
        });
        assertThat(provider.requests).hasSize(3);
        assertThat(exact.log2Error(y)).isLessThan(-12.0);
    }

    private static EncryptedTensor zeros(LatticeParameters parameters, int tokens, int features) {
        return new EncryptedTensor(
                parameters,
                AnswerBits.BITS_16,
                tokens,
                features,
                MemorySegment.ofArray(new byte[tokens * features * 2]));
    }

    @Test
    void anAnswerOfAWrongShapeFailsAndNothingOfTheSecretsIsLeft() {
        EncryptedTensor[] wrong = {
            zeros(LatticeParameters.MLWE_256x5, 512, exact.outputs()),
            zeros(LatticeParameters.MLWE_256x5, 256, exact.outputs() + 1),
            zeros(LatticeParameters.MLWE_256x6, 256, exact.outputs())
        };
        InsecureSecretWatch watch = watch();
        for (EncryptedTensor answer : wrong) {
            StepTransport transport = request -> CompletableFuture.completedFuture(OpenProvider.answer(answer));
            assertProblem(ProblemCode.INVALID_ANSWER, () -> product(watch, transport))
                    .contains("expected MLWE_256x5, 256 × " + exact.outputs());
        }
        assertThat(watch.found()).isZero();
    }

    @Test
    void aStepThatFailsTakesTheSecretsOfTheOthersWithIt() {
        InsecureSecretWatch watch = watch();
        AtomicInteger foundInFlight = new AtomicInteger();
        AtomicInteger sent = new AtomicInteger();
        StepTransport transport = request -> {
            if (sent.incrementAndGet() == 3) {
                foundInFlight.set(watch.found());
            }
            return CompletableFuture.failedFuture(new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)));
        };
        assertThatThrownBy(() -> product(watch, transport)).isInstanceOf(RetriableException.class);
        assertThat(foundInFlight)
                .as("secrets in a heap dump while they are needed")
                .hasValue(3);
        assertThat(watch.found()).as("secrets in a heap dump after the failure").isZero();
    }

    @Test
    void aTransportThatThrowsTakesTheSecretsWithIt() {
        InsecureSecretWatch watch = watch();
        AtomicInteger sent = new AtomicInteger();
        StepTransport transport = request -> {
            if (sent.incrementAndGet() == 3) {
                throw new IllegalStateException("closed");
            }
            return provider.send(request);
        };
        assertThatThrownBy(() -> product(watch, transport)).hasMessage("closed");
        assertThat(watch.found()).isZero();
    }

    @Test
    void nothingOfTheSecretsIsLeftAfterSuccess() {
        InsecureSecretWatch watch = watch();
        product(watch, provider);
        assertThat(watch.found()).isZero();
    }
}
