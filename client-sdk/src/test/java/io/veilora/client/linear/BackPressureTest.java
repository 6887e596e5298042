package io.veilora.client.linear;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.OpenModel;
import io.veilora.client.crypto.InsecureSecretWatch;
import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TokenRange;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.client.transport.StepTransport;
import io.veilora.client.transport.StepTransport.StepAnswer;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many steps of a product under a budget of bytes in flight, with answers that come when they like. */
@Timeout(60)
class BackPressureTest {
    private static final LayerId LAYER = LayerId.parse("blocks.0.qkv");
    private static final LatticeParameters PARAMETERS = LatticeParameters.MLWE_256x5;
    private static final int BLOCKS = 7;
    private static final int TOKENS = BLOCKS * 256 - 100;

    private static OpenModel model;

    @TempDir
    Path folder;

    private final OpenProvider provider = new OpenProvider(model);
    private final ExactProduct exact =
            ExactProduct.ofRandomInput(model.weights().get(LAYER), Direction.FORWARD, TOKENS, 5);
    private final RemoteProduct product =
            new RemoteProduct(LAYER, Direction.FORWARD, step(), hint(), outputs(), scales());
    private final long oneBlock = product.bytes(PARAMETERS, new TokenRange(0, 256));
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
    private final StepCosts costs = new StepCosts();

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(OpenModel.smallConfig(), 4);
    }

    @AfterEach
    void stopTheClock() {
        clock.shutdownNow();
    }

    private static float[] scales() {
        return model.weights().get(LAYER).scales();
    }

    private int outputs() {
        return exact.outputs();
    }

    private TokenQuantizer.Step step() {
        return new TokenQuantizer.Step(
                "blocks.0.qkv forward",
                exact.inputs(),
                model.weights().get(LAYER).maxNorm(Direction.FORWARD),
                null);
    }

    private TransformedRows hint() {
        return TransformedRows.ofHint(
                model.hint(LAYER, Direction.FORWARD), PARAMETERS, exact.outputs(), new TransformBudget(0));
    }

    private InsecureSecretWatch repeatable() {
        return new InsecureSecretWatch(
                folder, model.manifest().publicMatrix(), model.manifest().modelDigest(), exact.inputs());
    }

    private RemoteCalls calls(InsecureSecretWatch cipher, StepTransport transport, FlightBudget budget) {
        return new RemoteCalls(cipher.cipher(), transport, costs, budget);
    }

    private float[] run(RemoteCalls calls) {
        float[] y = new float[TOKENS * exact.outputs()];
        calls.multiply(product, exact.x(), TOKENS, y, () -> {});
        return y;
    }

    private CompletableFuture<StepAnswer> later(StepRequest request, int millis) {
        CompletableFuture<StepAnswer> answer = new CompletableFuture<>();
        clock.schedule(() -> answer.complete(provider.answer(request)), millis, TimeUnit.MILLISECONDS);
        return answer;
    }

    @Test
    void whateverTheTimingAndTheBudgetTheSameBytesAreSentInTheSameOrderAndTheResultHasTheSameBits() {
        InsecureSecretWatch cipher = repeatable();
        float[] expected = run(calls(cipher, provider, new FlightBudget(1 << 30)));
        List<byte[]> wires = provider.requests.stream().map(StepRequest::wire).toList();
        assertThat(wires).hasSize(BLOCKS);
        Random random = new Random(9);
        for (long budget : new long[] {1, oneBlock, 2 * oneBlock, 5 * oneBlock, 100 * oneBlock}) {
            List<byte[]> sent = new ArrayList<>();
            StepTransport moody = request -> {
                sent.add(request.wire());
                return later(request, random.nextInt(30));
            };
            assertThat(run(calls(cipher, moody, new FlightBudget(budget)))).isEqualTo(expected);
            assertThat(sent).hasSize(BLOCKS);
            for (int i = 0; i < BLOCKS; i++) {
                assertThat(sent.get(i)).isEqualTo(wires.get(i));
            }
        }
        assertThat(exact.log2Error(expected)).isLessThan(-12.0);
    }

    @Test
    void noMoreStepsAreInFlightThanTheBudgetHolds() {
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        StepTransport slow = request -> {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            return later(request, 10).whenComplete((answer, problem) -> inFlight.decrementAndGet());
        };
        run(calls(repeatable(), slow, new FlightBudget(4 * oneBlock)));
        assertThat(most).hasValue(4);
        assertThat(costs.totals().peakBytesInFlight()).isEqualTo(4 * oneBlock);
    }

    @Test
    void twoWindowsAreInFlightHoweverLargeTheBudgetIs() {
        int blocks = 20;
        ExactProduct large = ExactProduct.ofRandomInput(model.weights().get(LAYER), Direction.FORWARD, blocks * 256, 6);
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        StepTransport slow = request -> {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            return later(request, 20).whenComplete((answer, problem) -> inFlight.decrementAndGet());
        };
        float[] y = new float[blocks * 256 * outputs()];
        calls(repeatable(), slow, new FlightBudget(1 << 30)).multiply(product, large.x(), blocks * 256, y, () -> {});
        assertThat(most.get()).isBetween(5, 8);
        assertThat(large.log2Error(y)).isLessThan(-12.0);
    }

    @Test
    void aStepLargerThanTheBudgetGoesAlone() {
        AtomicInteger inFlight = new AtomicInteger();
        StepTransport slow = request -> {
            assertThat(inFlight.incrementAndGet()).isEqualTo(1);
            return later(request, 5).whenComplete((answer, problem) -> inFlight.decrementAndGet());
        };
        run(calls(repeatable(), slow, new FlightBudget(oneBlock / 2)));
    }

    @Test
    void aWindowIsAsLargeAsTheBudgetAdmitsAndTwoFitIntoIt() {
        assertThat(windows(BLOCKS * oneBlock)).containsExactly(4, 3);
        assertThat(windows(6 * oneBlock)).containsExactly(3, 3, 1);
        assertThat(windows(oneBlock)).containsExactly(1, 1, 1, 1, 1, 1, 1);
        assertThat(product.windows(PARAMETERS, 20 * 256, Long.MAX_VALUE))
                .extracting(List::size)
                .containsExactly(4, 4, 4, 4, 4);
    }

    private List<Integer> windows(long budget) {
        return product.windows(PARAMETERS, TOKENS, budget).stream()
                .map(List::size)
                .toList();
    }

    @Test
    void theBudgetIsAThirdOfTheHeapOrWhatThePropertySays() {
        assertThat(FlightBudget.ofHeap().bytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 3 / FlightBudget.UNIT * FlightBudget.UNIT);
        try {
            System.setProperty(FlightBudget.PROPERTY, "5000000");
            assertThat(FlightBudget.ofHeap().bytes()).isEqualTo(5_000_000 / FlightBudget.UNIT * FlightBudget.UNIT);
            for (String wrong : new String[] {"0", "-1", "5M", ""}) {
                System.setProperty(FlightBudget.PROPERTY, wrong);
                assertProblem(ProblemCode.INVALID_INPUT, FlightBudget::ofHeap)
                        .contains("got '" + wrong + "', expected a number of bytes");
            }
        } finally {
            System.clearProperty(FlightBudget.PROPERTY);
        }
    }

    @Test
    void productsOfSeveralThreadsUnderATightBudgetAllEnd() throws Exception {
        RemoteCalls calls = calls(repeatable(), request -> later(request, 3), new FlightBudget(3 * oneBlock));
        float[] expected = run(calls);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<float[]>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(threads.submit(() -> run(calls)));
            }
            for (Future<float[]> result : results) {
                assertThat(result.get()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aStepThatFailsEndsTheProductAtOnceWipesEverySecretAndGivesEveryByteBack() {
        InsecureSecretWatch watch = repeatable();
        for (int first = 0; first < TOKENS; first += 256) {
            watch.watch(step(), exact.x(), first, Math.min(256, TOKENS - first));
        }
        AtomicInteger sent = new AtomicInteger();
        StepTransport failing = request -> sent.incrementAndGet() == 2
                ? CompletableFuture.failedFuture(new RetriableException(Problem.of(ProblemCode.UNAVAILABLE)))
                : new CompletableFuture<>(); // never answered
        FlightBudget budget = new FlightBudget(4 * oneBlock);
        assertThatThrownBy(() -> run(calls(watch, failing, budget))).isInstanceOf(RetriableException.class);
        assertThat(sent.get()).isLessThan(BLOCKS);
        assertThat(watch.found()).isZero();
        assertThat(budget.tryTake(budget.bytes())).isTrue();
    }

    @Test
    void theCallersOwnWorkRunsWhileStepsAreInFlight() {
        List<Runnable> answers = new ArrayList<>();
        StepTransport waiting = request -> {
            CompletableFuture<StepAnswer> answer = new CompletableFuture<>();
            answers.add(() -> answer.complete(provider.answer(request)));
            return answer;
        };
        float[] y = new float[TOKENS * exact.outputs()];
        AtomicInteger runs = new AtomicInteger();
        calls(repeatable(), waiting, new FlightBudget(1 << 30)).multiply(product, exact.x(), TOKENS, y, () -> {
            runs.incrementAndGet();
            assertThat(answers).hasSize(BLOCKS);
            answers.forEach(Runnable::run);
        });
        assertThat(runs).hasValue(1);
    }

    @Test
    void workOfTheCallerThatFailsLeavesNothingInFlight() {
        FlightBudget budget = new FlightBudget(1 << 30);
        RemoteCalls calls = calls(repeatable(), request -> new CompletableFuture<>(), budget);
        assertThatThrownBy(() -> calls.multiply(product, exact.x(), TOKENS, new float[TOKENS * outputs()], () -> {
                    throw new IllegalStateException("own work");
                }))
                .hasMessage("own work");
        assertThat(budget.tryTake(budget.bytes())).isTrue();
    }
}
