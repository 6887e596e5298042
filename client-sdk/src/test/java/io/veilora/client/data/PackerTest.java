package io.veilora.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.llama.PackedBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackerTest {
    /** A record whose tokens are all {@code mark} and whose labels are all {@code mark + 1}. */
    private static TokenizedRecord record(int mark, int length) {
        int[] tokens = new int[length];
        int[] labels = new int[length];
        Arrays.fill(tokens, mark);
        Arrays.fill(labels, mark + 1);
        return new TokenizedRecord(mark, tokens, labels);
    }

    private static List<TokenizedRecord> random(int count, int longest) {
        Random random = new Random(count);
        List<TokenizedRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record(i, 1 + random.nextInt(longest)));
        }
        return records;
    }

    @Test
    void everyRecordIsThereOnceWholeAndInASequenceOfItsOwn() {
        List<TokenizedRecord> records = random(500, 60);
        Packing packing = Packer.pack(records, 64);
        boolean[] seen = new boolean[records.size()];
        for (PackedBatch batch : packing.batches()) {
            assertThat(batch.tokenCount()).isLessThanOrEqualTo(64);
            for (int from = 0; from < batch.tokenCount(); ) {
                TokenizedRecord record = records.get(batch.tokens()[from]);
                int to = from + record.tokenCount();
                assertThat(seen[record.line()]).isFalse();
                seen[record.line()] = true;
                assertThat(Arrays.copyOfRange(batch.tokens(), from, to)).isEqualTo(record.tokens());
                assertThat(Arrays.copyOfRange(batch.labels(), from, to)).isEqualTo(record.labels());
                for (int i = from; i < to; i++) {
                    assertThat(batch.positions()[i]).isEqualTo(i - from);
                    assertThat(batch.sequences()[i]).isEqualTo(batch.sequences()[from]);
                }
                if (from > 0) {
                    assertThat(batch.sequences()[from]).isNotEqualTo(batch.sequences()[from - 1]);
                }
                from = to;
            }
        }
        assertThat(seen).doesNotContain(false);
        assertThat(packing.tokenCount())
                .isEqualTo(
                        records.stream().mapToLong(TokenizedRecord::tokenCount).sum());
    }

    @Test
    void theSameOrderGivesTheSameMicroBatches() {
        List<TokenizedRecord> records = random(300, 50);
        List<PackedBatch> one = Packer.pack(records, 64).batches();
        List<PackedBatch> other = Packer.pack(records, 64).batches();
        assertThat(other).hasSameSizeAs(one);
        for (int i = 0; i < one.size(); i++) {
            assertThat(other.get(i).tokens()).isEqualTo(one.get(i).tokens());
        }
    }

    @Test
    void fillsEarlierMicroBatchesWithLaterRecordsAndSaysHowFull() {
        Packing packing = Packer.pack(List.of(record(0, 6), record(1, 7), record(2, 4), record(3, 2)), 10);
        assertThat(packing.batches()).hasSize(2);
        assertThat(packing.batches().getFirst().tokenCount()).isEqualTo(10); // 6 + 4
        assertThat(packing.fill()).isEqualTo(19 / 20.0);
    }

    @Test
    void manyRecordsOfMixedLengthsLeaveLittleRoom() {
        assertThat(Packer.pack(random(2000, 200), 512).fill()).isGreaterThan(0.97);
    }

    @Test
    void refusesARecordLongerThanAMicroBatch() {
        assertThatThrownBy(() -> Packer.pack(List.of(record(7, 11)), 10))
                .hasMessageContaining("line 7: got 11 tokens, expected at most 10");
    }
}
