package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticModelTest {
    @TempDir
    private Path folder;

    @Test
    void everyGeometryOpensAndHasTheSizeOfTheModelItIsNamedAfter() throws IOException {
        assertThat(weights("llama-3.2-1b")).isEqualTo(1_235_746_816L); // 1.24 billion, the tied output matrix included
        assertThat(weights("llama-3.2-3b")).isEqualTo(3_212_574_720L);
        assertThat(weights("llama-3.1-8b")).isEqualTo(7_504_658_432L); // 8.03 billion less the embedding
        assertThat(weights("llama-3.2-1b-slice"))
                .isEqualTo(138_412_032L); // two of the sixteen blocks, 8,192 of the words
        assertThat(weights("tiny")).isEqualTo(80_640L);
        assertThat(weights("llama-1024x4")).isEqualTo(77_594_624L);
        for (String geometry : SyntheticModel.GEOMETRIES) {
            assertThat(weights(geometry)).as(geometry).isPositive();
        }
    }

    private long weights(String geometry) throws IOException {
        try (HuggingFaceFolder model = SyntheticModel.open(geometry, 1, folder)) {
            return ModelSize.of(model.config(), LatticeParameters.MLWE_256x5).weights();
        }
    }

    @Test
    void aPartOfATensorIsThatPartOfTheWhole() throws IOException {
        try (HuggingFaceFolder model = SyntheticModel.open("tiny", 1, folder)) {
            float[] whole = model.embedding().floats();
            float[] part = new float[101];
            model.embedding().read(777, part, 1, 100);
            for (int i = 0; i < 100; i++) {
                assertThat(part[i + 1]).isEqualTo(whole[777 + i]);
            }
        }
    }

    @Test
    void matricesAreRandomWithTheDeviationThatKeepsActivationsInSizeAndNormsAreOne() throws IOException {
        try (HuggingFaceFolder model = SyntheticModel.open("tiny", 1, folder)) {
            LayerId down = LayerId.parse("blocks.1.down");
            float[] weights = model.linear(down);
            double sum = 0;
            double squares = 0;
            for (float w : weights) {
                sum += w;
                squares += (double) w * w;
                assertThat(Float.floatToRawIntBits(w) & 0xFFFF)
                        .as("a BF16 value")
                        .isZero();
            }
            assertThat(sum / weights.length).isBetween(-0.005, 0.005);
            assertThat(squares / weights.length).isBetween(0.95 / 96, 1.05 / 96);
            assertThat(model.tensors()
                            .require(
                                    HuggingFaceFolder.FINAL_NORM, model.config().hiddenSize())
                            .floats())
                    .containsOnly(1f);
        }
    }

    @Test
    void theSeedAndTheGeometryDecideEverything() throws IOException {
        try (HuggingFaceFolder one = SyntheticModel.open("tiny", 1, folder);
                HuggingFaceFolder again = SyntheticModel.open("tiny", 1, folder);
                HuggingFaceFolder other = SyntheticModel.open("tiny", 2, folder)) {
            assertThat(again.embedding().floats()).isEqualTo(one.embedding().floats());
            assertThat(other.embedding().floats()).isNotEqualTo(one.embedding().floats());
            assertThat(again.tensors().fingerprint()).isEqualTo(one.tensors().fingerprint());
            assertThat(other.tensors().fingerprint()).isNotEqualTo(one.tensors().fingerprint());
        }
    }

    @Test
    void anUnknownGeometryIsRefusedWithAListOfThoseThatAreKnown() {
        assertProblem(ProblemCode.INVALID_INPUT, () -> SyntheticModel.open("gpt-5", 1, folder))
                .contains("'gpt-5'")
                .contains("llama-3.2-1b");
    }
}
