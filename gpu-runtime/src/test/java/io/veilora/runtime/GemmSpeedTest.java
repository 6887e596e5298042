package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GemmSpeedTest {
    private static final GemmShape SHAPE = GemmShape.parse("5x70x33");

    @ParameterizedTest
    @EnumSource
    void a_right_engine_is_measured(Direction direction) {
        try (ModularGemm engine = ModularGemms.best().engine()) {
            GemmSpeed speed = GemmSpeed.measure(engine, SHAPE, direction, 0.1);
            assertThat(speed.shape()).hasToString("5x70x33");
            assertThat(speed.calls()).isPositive();
            assertThat(speed.gmacPerSecond()).isPositive();
            assertThat(speed.gmacPerSecondPerCore()).isPositive();
        }
    }

    @Test
    void an_engine_that_forgets_the_last_token_is_found_out() {
        assertThatThrownBy(() -> GemmSpeed.measure(new Forgetful(), SHAPE, Direction.FORWARD, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("wrong result: forgetful, 5x70x33 FORWARD, token 4");
    }

    @Test
    void a_shape_has_three_sizes() {
        assertThatThrownBy(() -> GemmShape.parse("5x70"))
                .hasMessage("shape: got 5x70, expected T x d_in x d_out as in 256x2048x8192");
        assertThatThrownBy(() -> new GemmShape(0, 1, 1)).hasMessage("shape: got 0 x 1 x 1, expected at least 1");
    }

    private static final class Forgetful implements ModularGemm {
        private final ScalarGemm scalar = new ScalarGemm();

        @Override
        public String name() {
            return "forgetful";
        }

        @Override
        public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
            return scalar.load(int8, outputFeatures, inputFeatures);
        }

        @Override
        public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
            scalar.multiply(weights, direction, products);
            MemorySegment answers = products.getFirst().output();
            answers.asSlice(answers.byteSize() - 1).fill((byte) 0x55);
        }

        @Override
        public void close() {
            scalar.close();
        }
    }
}
