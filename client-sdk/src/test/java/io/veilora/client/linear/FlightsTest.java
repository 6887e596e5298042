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

    /** The same product with a cipher whose secrets are known to {@code watch}. */
    private void watchedProduct(InsecureSecretWatch watch, StepTransport transport) {
        TransformedRows hint = TransformedRows.ofHint(
                model.hint(LAYER, Direction.FORWARD),
                LatticeParameters.MLWE_256x5,
                exact.outputs(),
                new TransformBudget(0));
        var step = new TokenQuantizer.Step(
                "watched", exact.inputs(), model.weights().get(LAYER).maxNorm(Direction.FORWARD), null);
        float[] y = new float[TOKENS * exact.outputs()];
        new RemoteCalls(watch.cipher(model.manifest(), exact.inputs()), transport, new StepCosts())
                .multiply(LAYER, Direction.FORWARD, step, exact.x(), TOKENS, hint, null, y);
    }

    @Test
    void aProviderThatWaitsForASecondStepGetsOne() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        float[] y = product(request -> {
            CompletableFuture<StepAnswer> answer = new CompletableFuture<>();
            waiting.add(() -> answer.complete(provider.answer(request)));
            if (waiting.size() >= 2) { // the later one is answered first
                waiting.removeLast().run();
                waiting.removeLast().run();
            } else if (request.wire().length > 0 && provider.requests.size() == 2) {
                waiting.remove().run();
            }
            provider.requests.add(request);
            return answer;
        });
        assertThat(provider.requests).hasSize(3);
        assertThat(exact.log2Error(y)).isLessThan(-10.8);
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
    void anAnswerOfAWrongShapeFailsAndNothingOfTheSecretsIsLeft() throws Exception {
        EncryptedTensor[] wrong = {
            zeros(LatticeParameters.MLWE_256x5, 512, exact.outputs()),
            zeros(LatticeParameters.MLWE_256x5, 256, exact.outputs() + 1),
            zeros(LatticeParameters.MLWE_256x6, 256, exact.outputs())
        };
        InsecureSecretWatch watch = new InsecureSecretWatch(folder);
        for (EncryptedTensor answer : wrong) {
            StepTransport transport = request -> CompletableFuture.completedFuture(OpenProvider.answer(answer));
            assertProblem(ProblemCode.INVALID_ANSWER, () -> watchedProduct(watch, transport))
                    .contains("expected MLWE_256x5, 256 × " + exact.outputs());
        }
        assertThat(watch.secrets()).isEqualTo(9);
        assertThat(watch.found()).isZero();
    }

    @Test
    void aStepThatFailsTakesTheSecretsOfTheOthersWithIt() throws Exception {
        InsecureSecretWatch watch = new InsecureSecretWatch(folder);
        AtomicInteger foundInFlight = new AtomicInteger();
        AtomicInteger sent = new AtomicInteger();
        StepTransport transport = request -> {
            if (sent.incrementAndGet() == 3) {
                foundInFlight.set(watch.found());
            }
            return CompletableFuture.failedFuture(new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)));
        };
        assertThatThrownBy(() -> watchedProduct(watch, transport)).isInstanceOf(RetriableException.class);
        assertThat(foundInFlight)
                .as("secrets in a heap dump while they are needed")
                .hasValue(3);
        assertThat(watch.found()).as("secrets in a heap dump after the failure").isZero();
    }

    @Test
    void aTransportThatThrowsTakesTheSecretsWithIt() throws Exception {
        InsecureSecretWatch watch = new InsecureSecretWatch(folder);
        AtomicInteger sent = new AtomicInteger();
        StepTransport transport = request -> {
            if (sent.incrementAndGet() == 3) {
                throw new IllegalStateException("closed");
            }
            return provider.send(request);
        };
        assertThatThrownBy(() -> watchedProduct(watch, transport)).hasMessage("closed");
        assertThat(watch.secrets()).isEqualTo(3);
        assertThat(watch.found()).isZero();
    }

    @Test
    void nothingOfTheSecretsIsLeftAfterSuccess() throws Exception {
        InsecureSecretWatch watch = new InsecureSecretWatch(folder);
        watchedProduct(watch, provider);
        assertThat(watch.secrets()).isEqualTo(3);
        assertThat(watch.found()).isZero();
    }
}
