package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.PermanentException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedBatchTest {

    @Test
    void sequencesArePackedWithTheirPositionsAndLabels() {
        PackedBatch batch = PackedBatch.of(
                List.of(new int[] {5, 6, 7}, new int[] {8}), List.of(new int[] {-100, 7, 1}, new int[] {2}));
        assertThat(batch.tokens()).containsExactly(5, 6, 7, 8);
        assertThat(batch.positions()).containsExactly(0, 1, 2, 0);
        assertThat(batch.sequences()).containsExactly(0, 0, 0, 1);
        assertThat(batch.labelledRows()).containsExactly(1, 2, 3);
        assertThat(batch.sequenceBounds()).containsExactly(0, 3, 4);
        assertThat(batch.tokenCount()).isEqualTo(4);
        assertThat(batch.labelCount()).isEqualTo(3);
        assertThat(batch).hasToString("PackedBatch[4 tokens, 3 labels]");
        assertThat(PackedBatch.prompt(new int[] {1, 2}).labelCount()).isZero();
    }

    @Test
    void anInconsistentBatchIsRefusedWithTheRow() {
        int[] two = {1, 1};
        int[] counting = {0, 1};
        int[] same = {0, 0};
        requireRefused("lengths 0, 0, 0, 0", new int[0], new int[0], new int[0], new int[0]);
        requireRefused("lengths 2, 1, 2, 2", two, new int[] {0}, same, two);
        requireRefused("row 1: the position", two, new int[] {0, 2}, same, two);
        requireRefused("row 1: the position", two, counting, new int[] {0, 1}, two);
        requireRefused("row 1: the sequence", two, same, new int[] {1, 0}, two);
        requireRefused("row 0: negative token", new int[] {-1, 1}, counting, same, two);
        requireRefused("row 1: negative token", two, counting, same, new int[] {-100, -1});
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> PackedBatch.of(List.of(two), List.of(new int[] {1})))
                .withMessageContaining("sequence 0: got 2 tokens and 1 labels");
    }

    private static void requireRefused(String why, int[] tokens, int[] positions, int[] sequences, int[] labels) {
        assertThatExceptionOfType(PermanentException.class)
                .isThrownBy(() -> new PackedBatch(tokens, positions, sequences, labels))
                .withMessageContaining(why);
    }

    @Test
    void embeddingRowsAreTheSameFromFloatsMappedFloatsAndBrainFloats() {
        float[] values = {1, -2.5f, 0.15625f, 3e20f, -1e-20f, 96};
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
        }
        byte[] floats = new byte[24];
        byte[] brainFloats = new byte[12];
        for (int i = 0; i < 24; i++) {
            int bits = Float.floatToRawIntBits(values[i / 4]);
            floats[i] = (byte) (bits >> 8 * (i % 4));
            if (i % 4 >= 2) {
                brainFloats[2 * (i / 4) + i % 4 - 2] = floats[i];
            }
        }
        for (EmbeddingTable table : List.of(
                EmbeddingTable.ofFloats(values, 3, 2),
                EmbeddingTable.ofFloat32(MemorySegment.ofArray(floats), 3, 2),
                EmbeddingTable.ofBFloat16(MemorySegment.ofArray(brainFloats), 3, 2))) {
            float[] out = {9, 9, 9, 9};
            table.row(2, out, 1);
            assertThat(out).containsExactly(9, values[4], values[5], 9);
        }
        assertThatThrownBy(() -> EmbeddingTable.ofBFloat16(MemorySegment.ofArray(floats), 3, 2))
                .hasMessageContaining("got 24 bytes, expected 12");
    }

    @Test
    void aNormOfAnotherLengthIsRefusedByName() {
        EmbeddingTable nothing = (token, out, offset) -> {};
        assertThatThrownBy(() -> new ClientWeights(
                        TinyLlama.smallConfig(),
                        nothing,
                        (name, shape) -> new float[name.equals("model.norm.weight") ? 3 : 16]))
                .hasMessageContaining("model.norm.weight: got length 3, expected 16");
    }
}
