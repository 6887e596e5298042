package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The reference against the definition in unbounded integers. */
class ScalarGemmTest {
    private static final BigInteger Q = BigInteger.valueOf(LatticeParameters.Q);

    private final ScalarGemm scalar = new ScalarGemm();

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,7,5", "2,5,7", "4,33,2"})
    void equals_unbounded_integers_on_random_values(int tokens, int inputFeatures, int outputFeatures) {
        Fixture fixture = Fixture.random(tokens, inputFeatures, outputFeatures);
        for (Direction direction : Direction.values()) {
            assertEqualsDefinition(fixture, direction, fixture.randomInput(direction));
        }
    }

    @ParameterizedTest
    @EnumSource
    void equals_unbounded_integers_at_the_extremes(Direction direction) {
        for (int weight : new int[] {-128, -127, -1, 0, 1, 127}) {
            Fixture fixture = Fixture.constant(2, 9, 3, weight);
            for (long word : Fixture.extremeWords()) {
                assertEqualsDefinition(fixture, direction, fixture.constantInput(direction, word));
            }
        }
    }

    private void assertEqualsDefinition(Fixture fixture, Direction direction, byte[] input) {
        ByteBuffer words = little(fixture.answer(scalar, direction, input, AnswerBits.BITS_32));
        ByteBuffer halfWords = little(fixture.answer(scalar, direction, input, AnswerBits.BITS_16));
        for (int t = 0; t < fixture.tokens; t++) {
            for (int n = 0; n < fixture.width(direction); n++) {
                BigInteger y = define(fixture, direction, little(input), t, n);
                assertThat(Integer.toUnsignedLong(words.getInt())).isEqualTo(y.longValue());
                assertThat(Short.toUnsignedInt(halfWords.getShort())).isEqualTo(round(y));
            }
        }
    }

    private static BigInteger define(Fixture fixture, Direction direction, ByteBuffer input, int t, int n) {
        int depth = fixture.depth(direction);
        BigInteger sum = BigInteger.ZERO;
        for (int k = 0; k < depth; k++) {
            int weight = direction == Direction.FORWARD
                    ? fixture.weights[n * fixture.inputFeatures + k]
                    : fixture.weights[k * fixture.inputFeatures + n];
            long word = Integer.toUnsignedLong(input.getInt((t * depth + k) * Integer.BYTES));
            sum = sum.add(BigInteger.valueOf(word).multiply(BigInteger.valueOf(weight)));
        }
        return sum.mod(Q);
    }

    private static int round(BigInteger y) {
        return new BigDecimal(y.shiftLeft(16))
                        .divide(new BigDecimal(Q), 0, RoundingMode.HALF_UP)
                        .intValueExact()
                & 0xFFFF;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
