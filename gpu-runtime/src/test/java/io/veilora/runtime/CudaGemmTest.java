package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What only a device has: memory of its own that can be full, chunks that overlap, answers of many shapes in one buffer.
 * {@link GemmContractTest} holds this engine to the reference like the others; both skip, saying why, where there is no
 * device, and run in {@link EmulatedDeviceTest} all the same.
 */
@Tag("gpu")
@ParameterizedClass(name = "{0}")
@MethodSource("engines")
class CudaGemmTest {
    private final ModularGemm scalar = new ScalarGemm();
    private final ModularGemm cuda;

    CudaGemmTest(FastEngine engine) {
        cuda = engine.open(1);
    }

    static Stream<FastEngine> engines() {
        return FastEngine.cuda();
    }

    @AfterEach
    void close() {
        cuda.close();
    }

    @Test
    void a_device_too_full_for_a_layer_says_how_many_bytes_it_has_and_needs() {
        long free = cuda.memoryBytes().orElseThrow();
        int piece = (int) Math.min(1 << 28, free / 4);
        List<ResidentWeights> layers = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = arena.allocate(piece);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 2 * free / piece; i++) {
                            layers.add(cuda.load(weights, piece / 64, 64));
                        }
                    })
                    .isInstanceOfSatisfying(
                            RetriableException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.UNAVAILABLE))
                    .hasMessageContaining("GPU memory for weights (%d outputs × 64 inputs): got ".formatted(piece / 64))
                    .hasMessageContaining("%,d".formatted(piece / 64 * 64));
        } finally {
            layers.forEach(ResidentWeights::close);
        }
        Fixture after = Fixture.random(3, 20, 30);
        byte[] input = after.randomInput(Direction.FORWARD);
        assertThat(after.answer(cuda, Direction.FORWARD, input, AnswerBits.BITS_16))
                .as("a device that was full works again")
                .isEqualTo(after.answer(scalar, Direction.FORWARD, input, AnswerBits.BITS_16));
    }

    @Test
    void layers_come_and_go_while_others_are_multiplied() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Fixture fixture = Fixture.random(1 + 13 * i, 70 + i, 90 - i);
                Direction direction = Direction.values()[i % 2];
                byte[] input = fixture.randomInput(direction);
                byte[] expected = fixture.answer(scalar, direction, input, AnswerBits.BITS_16);
                calls.add(callers.submit(() -> assertThat(fixture.answer(cuda, direction, input, AnswerBits.BITS_16))
                        .isEqualTo(expected)));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        }
    }

    @Test
    void a_stack_of_more_tokens_than_fit_one_chunk_is_cut_and_put_together_again() {
        int features = 1 << 17; // 64 tokens a chunk
        assertThat(CudaChunk.tokensAtOnce(features)).isEqualTo(CudaProduct.TILE_TOKENS);
        Fixture fixture = Fixture.random(150, 2, features);
        byte[] input = fixture.randomInput(Direction.FORWARD);
        assertThat(fixture.answer(cuda, Direction.FORWARD, input, AnswerBits.BITS_16))
                .isEqualTo(fixture.answer(scalar, Direction.FORWARD, input, AnswerBits.BITS_16));
    }

    @Test
    void weights_are_padded_in_pieces_that_end_anywhere() {
        Fixture fixture = Fixture.random(1, 8_000, 1_200); // 9.6 MB through 8 MiB of staging memory
        byte[] input = fixture.randomInput(Direction.BACKWARD);
        assertThat(fixture.answer(cuda, Direction.BACKWARD, input, AnswerBits.BITS_32))
                .isEqualTo(fixture.answer(scalar, Direction.BACKWARD, input, AnswerBits.BITS_32));
        Fixture odd = Fixture.random(1, 7_999, 1_200);
        byte[] oddInput = odd.randomInput(Direction.BACKWARD);
        assertThat(odd.answer(cuda, Direction.BACKWARD, oddInput, AnswerBits.BITS_32))
                .isEqualTo(odd.answer(scalar, Direction.BACKWARD, oddInput, AnswerBits.BITS_32));
    }

    @Test
    void what_the_other_engines_refuse_is_refused_in_the_same_words() {
        Fixture fixture = Fixture.random(3, 4, 6);
        Product product = fixture.product(new byte[47], new byte[3 * 6 * 2], AnswerBits.BITS_16);
        Product shortOutput = fixture.product(new byte[48], new byte[35], AnswerBits.BITS_16);
        try (ResidentWeights weights = fixture.load(cuda);
                ResidentWeights others = fixture.load(scalar)) {
            assertThatThrownBy(() -> cuda.multiply(weights, Direction.FORWARD, List.of(product)))
                    .isInstanceOf(PermanentException.class)
                    .hasMessageContaining("forward input: got 47 bytes, expected 48");
            assertThatThrownBy(() -> cuda.multiply(weights, Direction.FORWARD, List.of(shortOutput)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("forward output: got 35 bytes, expected 36");
            assertThatThrownBy(() -> cuda.multiply(others, Direction.FORWARD, List.of()))
                    .hasMessage("weights: got HostWeights, expected weights loaded by this engine");
            cuda.multiply(weights, Direction.FORWARD, List.of());
            weights.close();
            weights.close();
            assertThatThrownBy(() -> cuda.multiply(weights, Direction.FORWARD, List.of()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("weights (6 outputs × 4 inputs) closed");
        }
        assertThatThrownBy(() -> cuda.load(MemorySegment.ofArray(new byte[23]), 6, 4))
                .hasMessage("weights: got 23 bytes, expected 24 (6 outputs × 4 inputs, int8)");
    }

    @Test
    void a_closed_engine_says_so_and_closing_again_is_harmless() {
        Fixture fixture = Fixture.random(1, 2, 3);
        ResidentWeights weights = fixture.load(cuda);
        cuda.close();
        cuda.close();
        weights.close(); // the owner's, in whatever order
        assertThatThrownBy(() -> fixture.load(cuda))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("CUDA engine closed");
    }
}
