package io.veilora.protocol.lattice;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.problem.ProblemCode;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LatticeParametersTest {
    @Test
    void theModulusIsThePrimeOfTheDesign() {
        assertThat(LatticeParameters.Q).isEqualTo((1L << 32) - (1L << 20) + 1);
        assertThat(BigInteger.valueOf(LatticeParameters.Q).isProbablePrime(100)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void everySetHasADimensionWorthAtLeast128Bits(LatticeParameters parameters) {
        assertThat(parameters.ringDimension()).isEqualTo(256);
        assertThat(parameters.latticeDimension())
                .isEqualTo(256 * parameters.rank())
                .isGreaterThanOrEqualTo(1280);
        assertThat(LatticeParameters.ofWireId(parameters.wireId())).isEqualTo(parameters);
    }

    @ParameterizedTest
    @EnumSource
    void tokensArePaddedToWholeBlocks(LatticeParameters parameters) {
        int[][] tokensAndPadded = {{1, 256}, {255, 256}, {256, 256}, {257, 512}, {700, 768}};
        for (int[] pair : tokensAndPadded) {
            assertThat(parameters.paddedTokens(pair[0])).isEqualTo(pair[1]);
            assertThat(parameters.blocks(pair[0])).isEqualTo(pair[1] / 256);
        }
    }

    @Test
    void anUnknownIdListsTheKnownSets() {
        assertProblem(ProblemCode.UNKNOWN_PARAMETERS, () -> LatticeParameters.ofWireId(9))
                .contains("got 9", "[MLWE_256x5, MLWE_256x6]");
    }
}
