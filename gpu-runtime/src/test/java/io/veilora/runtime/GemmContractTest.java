package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every fast engine that this machine can run against the reference, bit for bit: the vector engine, the committed native
 * library with each instruction set, and the same compiled afresh from its source where there is a C compiler.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("engines")
class GemmContractTest {
    private final ScalarGemm scalar = new ScalarGemm();
    private final ModularGemm fast;

    GemmContractTest(FastEngine engine) {
        fast = engine.open(3);
    }

    static Stream<FastEngine> engines() throws Exception {
        return FastEngine.all();
    }

    @AfterEach
    void close() {
        fast.close();
    }

    @ParameterizedTest(name = "{0} tokens, d_in {1}, d_out {2}")
    @CsvSource({
        "1,1,1",
        "3,1,5",
        "257,1,255",
        "1,7,255",
        "3,7,1",
        "257,7,5",
        "1,207,5",
        "3,207,255",
        "257,207,1",
        "1,4098,255",
        "3,4098,5",
        "257,4098,1",
        "265,300,257",
        "530,17,1025",
        "11,511,33",
        "10,512,50",
        "13,513,67"
    })
    void equals_the_reference_at_odd_sizes(int tokens, int inputFeatures, int outputFeatures) {
        Fixture fixture = Fixture.random(tokens, inputFeatures, outputFeatures);
        for (Direction direction : Direction.values()) {
            assertEqualsReference(fixture, direction, fixture.randomInput(direction));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-128, -127, -1, 0, 127})
    void equals_the_reference_when_all_weights_are_the_same(int weight) {
        Fixture fixture = Fixture.constant(2, 4098, 5, weight);
        for (Direction direction : Direction.values()) {
            for (long word : Fixture.extremeWords()) {
                assertEqualsReference(fixture, direction, fixture.constantInput(direction, word));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16383, 16384, 16385, 20000, 70001})
    void sums_longer_than_doubles_hold_stay_exact(int features) {
        for (long word : new long[] {1L << 31, (1L << 31) - 1}) {
            for (int weight : new int[] {-128, 127}) {
                Fixture forward = Fixture.constant(2, features, 2, weight);
                assertEqualsReference(forward, Direction.FORWARD, forward.constantInput(Direction.FORWARD, word));
                Fixture backward = Fixture.constant(2, 2, features, weight);
                assertEqualsReference(backward, Direction.BACKWARD, backward.constantInput(Direction.BACKWARD, word));
            }
        }
        Fixture random = Fixture.random(2, features, 3);
        assertEqualsReference(random, Direction.FORWARD, random.randomInput(Direction.FORWARD));
    }

    @ParameterizedTest
    @EnumSource
    void a_word_of_q_and_above_counts_as_its_residue(AnswerBits answerBits) {
        Fixture fixture = Fixture.random(3, 20, 30);
        for (ModularGemm engine : List.of(scalar, fast)) {
            byte[] above = fixture.constantInput(Direction.FORWARD, 0xFFFFFFFFL);
            byte[] residue = fixture.constantInput(Direction.FORWARD, (1 << 20) - 2);
            assertThat(fixture.answer(engine, Direction.FORWARD, above, answerBits))
                    .isEqualTo(fixture.answer(engine, Direction.FORWARD, residue, answerBits));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stacked_products_are_what_each_would_be_alone(Direction direction) {
        List<Fixture> fixtures = new ArrayList<>();
        List<Product> products = new ArrayList<>();
        List<byte[]> inputs = new ArrayList<>();
        List<byte[]> outputs = new ArrayList<>();
        for (int tokens : new int[] {1, 256, 5, 300, 7}) {
            Fixture fixture = Fixture.random(tokens, 130, 75);
            AnswerBits answerBits = tokens % 2 == 0 ? AnswerBits.BITS_32 : AnswerBits.BITS_16;
            fixtures.add(fixture);
            inputs.add(fixture.randomInput(direction));
            outputs.add(new byte[tokens * fixture.width(direction) * answerBits.bytes()]);
            products.add(fixture.product(inputs.getLast(), outputs.getLast(), answerBits));
        }
        for (ModularGemm engine : List.of(scalar, fast)) {
            try (ResidentWeights weights = fixtures.getFirst().load(engine)) {
                engine.multiply(weights, direction, products);
            }
            for (int i = 0; i < fixtures.size(); i++) {
                byte[] alone = fixtures.get(i)
                        .answer(
                                engine,
                                direction,
                                inputs.get(i),
                                products.get(i).answerBits());
                assertThat(outputs.get(i)).isEqualTo(alone);
            }
        }
    }

    @Test
    void reads_and_writes_native_memory_at_odd_addresses() {
        Fixture fixture = Fixture.random(9, 33, 18);
        byte[] input = fixture.randomInput(Direction.FORWARD);
        byte[] expected = fixture.answer(scalar, Direction.FORWARD, input, AnswerBits.BITS_16);
        try (Arena arena = Arena.ofShared()) {
            for (ModularGemm engine : List.of(scalar, fast)) {
                MemorySegment source = arena.allocate(input.length + 1).asSlice(1);
                MemorySegment.copy(MemorySegment.ofArray(input), 0, source, 0, input.length);
                MemorySegment answer = arena.allocate(expected.length + 3).asSlice(3);
                MemorySegment int8 = arena.allocate(fixture.weights.length + 5).asSlice(5);
                int8.copyFrom(MemorySegment.ofArray(fixture.weights));
                try (ResidentWeights weights = engine.load(int8, 18, 33)) {
                    int8.fill((byte) 0);
                    Product product = new Product(source.asReadOnly(), 9, answer, AnswerBits.BITS_16);
                    engine.multiply(weights, Direction.FORWARD, List.of(product));
                }
                assertThat(answer.mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
            }
        }
    }

    @Test
    void reads_requests_of_the_heap_that_are_read_only() {
        Fixture fixture = Fixture.random(9, 33, 18);
        byte[] input = fixture.randomInput(Direction.FORWARD);
        byte[] answer = new byte[9 * 18 * 2];
        try (ResidentWeights weights = fixture.load(fast)) {
            Product product = new Product(
                    MemorySegment.ofArray(input).asReadOnly(), 9, MemorySegment.ofArray(answer), AnswerBits.BITS_16);
            fast.multiply(weights, Direction.FORWARD, List.of(product));
        }
        assertThat(answer).isEqualTo(fixture.answer(scalar, Direction.FORWARD, input, AnswerBits.BITS_16));
    }

    @Test
    void several_threads_share_one_layer() throws Exception {
        Fixture fixture = Fixture.random(64, 300, 200);
        byte[] input = fixture.randomInput(Direction.FORWARD);
        byte[] gradient = fixture.randomInput(Direction.BACKWARD);
        byte[] answer = fixture.answer(scalar, Direction.FORWARD, input, AnswerBits.BITS_16);
        byte[] gradientAnswer = fixture.answer(scalar, Direction.BACKWARD, gradient, AnswerBits.BITS_32);
        try (ResidentWeights weights = fixture.load(fast);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Boolean> call = () -> {
                for (int i = 0; i < 10; i++) {
                    assertThat(fixture.answer(fast, weights, Direction.FORWARD, input, AnswerBits.BITS_16))
                            .isEqualTo(answer);
                    assertThat(fixture.answer(fast, weights, Direction.BACKWARD, gradient, AnswerBits.BITS_32))
                            .isEqualTo(gradientAnswer);
                }
                return true;
            };
            for (Future<Boolean> done : callers.invokeAll(List.of(call, call, call, call, call))) {
                assertThat(done.get()).isTrue();
            }
        }
    }

    private void assertEqualsReference(Fixture fixture, Direction direction, byte[] input) {
        for (AnswerBits answerBits : AnswerBits.values()) {
            assertThat(fixture.answer(fast, direction, input, answerBits))
                    .as("%s %s", direction, answerBits)
                    .isEqualTo(fixture.answer(scalar, direction, input, answerBits));
        }
    }
}
