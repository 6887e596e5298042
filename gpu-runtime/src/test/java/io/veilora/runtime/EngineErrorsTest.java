package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the CPU engines refuse, and in which words. */
class EngineErrorsTest {
    private static final int D_OUT = 6;
    private static final int D_IN = 4;

    static Stream<ModularGemm> engines() {
        return Stream.concat(Stream.of(new ScalarGemm()), FastEngine.all().map(engine -> engine.open(1)));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void weights_that_do_not_fit_their_shape_are_refused(ModularGemm engine) {
        try (engine) {
            assertThatThrownBy(() -> engine.load(bytes(23), D_OUT, D_IN))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("weights: got 23 bytes, expected 24 (6 outputs × 4 inputs, int8)");
            assertThatThrownBy(() -> engine.load(bytes(0), 0, D_IN))
                    .hasMessage("outputFeatures: got 0, expected 1 to 8388608");
            assertThatThrownBy(() -> engine.load(bytes(0), D_OUT, -1)).hasMessageContaining("inputFeatures: got -1");
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void an_input_of_the_wrong_size_is_the_senders_problem(ModularGemm engine) {
        try (engine;
                ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN)) {
            Product product = new Product(bytes(3 * D_IN * 4 - 1), 3, bytes(3 * D_OUT * 2), AnswerBits.BITS_16);
            assertThatThrownBy(() -> engine.multiply(weights, Direction.FORWARD, List.of(product)))
                    .isInstanceOfSatisfying(
                            PermanentException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.WRONG_SHAPE))
                    .hasMessageContaining("forward input: got 47 bytes, expected 48 (3 tokens × 4 features × 4 bytes)");
            assertThatThrownBy(() -> engine.multiply(weights, Direction.BACKWARD, List.of(product)))
                    .hasMessageContaining(
                            "backward input: got 47 bytes, expected 72 (3 tokens × 6 features × 4 bytes)");
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void an_output_of_the_wrong_size_is_the_callers_mistake(ModularGemm engine) {
        try (engine;
                ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN)) {
            Product product = new Product(bytes(D_IN * 4), 1, bytes(D_OUT * 2), AnswerBits.BITS_32);
            assertThatThrownBy(() -> engine.multiply(weights, Direction.FORWARD, List.of(product)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward output: got 12 bytes, expected 24 (1 tokens × 6 features × 4 bytes)");
        }
    }

    @Test
    void a_product_needs_tokens_and_an_output_that_can_be_written() {
        assertThatThrownBy(() -> new Product(bytes(0), 0, bytes(0), AnswerBits.BITS_16))
                .hasMessage("tokens: got 0, expected at least 1");
        assertThatThrownBy(() -> new Product(bytes(4), 1, bytes(2).asReadOnly(), AnswerBits.BITS_16))
                .hasMessage("output: got a read-only segment");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void memory_confined_to_one_thread_is_refused(ModularGemm engine) {
        try (engine;
                Arena confined = Arena.ofConfined();
                ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN)) {
            Product product = new Product(confined.allocate(D_IN * 4), 1, bytes(D_OUT * 2), AnswerBits.BITS_16);
            assertThatThrownBy(() -> engine.multiply(weights, Direction.FORWARD, List.of(product)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("confined arena");
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void weights_of_another_engine_are_refused(ModularGemm engine) {
        try (engine) {
            assertThatThrownBy(() -> engine.multiply(new ElsewhereWeights(), Direction.FORWARD, List.of()))
                    .hasMessage("weights: got ElsewhereWeights, expected weights loaded by this engine");
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void closed_weights_are_refused_and_closing_again_is_harmless(ModularGemm engine) {
        try (engine) {
            ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN);
            assertThat(weights.bytes()).isEqualTo(24);
            weights.close();
            weights.close();
            assertThatThrownBy(() -> engine.multiply(weights, Direction.FORWARD, List.of()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("weights (6 outputs × 4 inputs) closed");
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void no_products_are_no_work(ModularGemm engine) {
        try (engine;
                ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN)) {
            assertThatCode(() -> engine.multiply(weights, Direction.FORWARD, List.of()))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @MethodSource("fastEngines")
    void a_closed_engine_says_so(FastEngine fast) {
        ModularGemm engine = fast.open(1);
        ResidentWeights weights = engine.load(bytes(24), D_OUT, D_IN);
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.multiply(weights, Direction.FORWARD, List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith(" engine closed");
        weights.close();
    }

    @ParameterizedTest
    @MethodSource("fastEngines")
    void a_fast_engine_needs_a_thread(FastEngine fast) {
        assertThatThrownBy(() -> fast.open(0)).hasMessage("threads: got 0, expected at least 1");
    }

    static Stream<FastEngine> fastEngines() {
        return FastEngine.all();
    }

    private static MemorySegment bytes(int size) {
        return MemorySegment.ofArray(new byte[size]);
    }

    private record ElsewhereWeights() implements ResidentWeights {
        @Override
        public int outputFeatures() {
            return D_OUT;
        }

        @Override
        public int inputFeatures() {
            return D_IN;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
