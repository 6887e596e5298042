package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.PermanentException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
    void embeddingRowsAreReadWhereTheyAre() {
        float[] values = {1, -2.5f, 0.15625f, 3e20f, -1e-20f, 96};
        Safetensors.Tensor table =
                new Safetensors.Tensor("table", "F32", new long[] {3, 2}, MemorySegment.ofArray(littleEndian(values)));
        for (EmbeddingTable embedding : List.of(EmbeddingTable.ofFloats(values, 3, 2), EmbeddingTable.of(table))) {
            float[] out = {9, 9, 9, 9};
            embedding.row(2, out, 1);
            assertThat(out).containsExactly(9, values[4], values[5], 9);
        }
        assertThatThrownBy(() -> EmbeddingTable.ofFloats(values, 2, 2))
                .hasMessageContaining("got 6 values, expected 4");
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
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
