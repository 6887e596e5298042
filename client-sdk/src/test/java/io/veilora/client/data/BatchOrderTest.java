package io.veilora.client.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.llama.PackedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchOrderTest {
    private static final int RECORDS = 23;

    /** Records of three tokens, each with tokens of its own; three fit a micro-batch of ten. */
    private static BatchOrder order(int microBatchesPerStep, long seed) {
        List<TokenizedRecord> records = IntStream.range(0, RECORDS)
                .mapToObj(i -> new TokenizedRecord(i, new int[] {i, i, i}, new int[] {i, i, i}))
                .toList();
        return new BatchOrder(new Dataset(records), 10, microBatchesPerStep, seed);
    }

    private static List<Integer> tokens(List<PackedBatch> batches) {
        List<Integer> tokens = new ArrayList<>();
        batches.forEach(batch -> IntStream.of(batch.tokens()).forEach(tokens::add));
        return tokens;
    }

    @Test
    void whatAStepSeesFollowsFromItsNumberAlone() {
        BatchOrder inOrder = order(2, 5);
        List<List<Integer>> expected = new ArrayList<>();
        for (int step = 0; step < 20; step++) {
            expected.add(tokens(inOrder.microBatches(step)));
        }
        for (int step = 19; step >= 0; step--) {
            assertThat(tokens(order(2, 5).microBatches(step))).isEqualTo(expected.get(step));
            assertThat(tokens(inOrder.microBatches(step))).isEqualTo(expected.get(step));
        }
    }

    @Test
    void everyEpochSeesEveryRecordOnceInAnotherOrder() {
        BatchOrder order = order(3, 5); // eight micro-batches: steps of 3, 3 and 2
        assertThat(order.stepsBefore(4)).isEqualTo(12);
        List<List<Integer>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 4; epoch++) {
            List<Integer> seen = new ArrayList<>();
            for (long step = order.stepsBefore(epoch); step < order.stepsBefore(epoch + 1); step++) {
                assertThat(order.epochOf(step)).isEqualTo(epoch);
                assertThat(order.microBatches(step)).isNotEmpty();
                seen.addAll(tokens(order.microBatches(step)));
            }
            assertThat(seen).hasSize(3 * RECORDS);
            assertThat(seen.stream().distinct().sorted())
                    .containsExactlyElementsOf(
                            IntStream.range(0, RECORDS).boxed().toList());
            epochs.add(seen);
        }
        assertThat(epochs).doesNotHaveDuplicates();
    }

    @Test
    void anotherSeedGivesAnotherOrder() {
        assertThat(tokens(order(3, 5).microBatches(0)))
                .isNotEqualTo(tokens(order(3, 6).microBatches(0)));
    }

    @Test
    void theShuffleIsTheSameOnEveryMachine() {
        List<Integer> ten = IntStream.range(0, 10).boxed().toList();
        assertThat(EpochOrder.shuffle(ten, 1, 0)).containsExactlyInAnyOrderElementsOf(ten);
        assertThat(EpochOrder.shuffle(ten, 1, 0)).isEqualTo(GOLDEN);
    }

    private static final List<Integer> GOLDEN = List.of(2, 4, 3, 1, 5, 6, 9, 0, 7, 8);
}
