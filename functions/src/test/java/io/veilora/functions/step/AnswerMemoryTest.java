package io.veilora.functions.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class AnswerMemoryTest {
    private static final long KEPT = 4096;

    private final AnswerMemory memory = new AnswerMemory(KEPT);

    @Test
    void piecesOfALeaseDoNotOverlapAndStartAtMultiplesOf64() {
        try (AnswerMemory.Lease lease = memory.lease(AnswerMemory.rounded(100) + AnswerMemory.rounded(1))) {
            MemorySegment first = lease.take(100);
            MemorySegment second = lease.take(1);
            assertThat(first.byteSize()).isEqualTo(100);
            assertThat(first.asOverlappingSlice(second)).isEmpty();
            assertThat(first.address() % 64).isZero();
            assertThat(second.address() % 64).isZero();
        }
    }

    @Test
    void theNextLeaseGetsTheSameMemoryAndAnotherAtTheSameTimeDoesNot() {
        long address;
        try (AnswerMemory.Lease lease = memory.lease(KEPT)) {
            address = lease.take(1).address();
        }
        try (AnswerMemory.Lease next = memory.lease(64);
                AnswerMemory.Lease other = memory.lease(64)) {
            assertThat(next.take(1).address()).isEqualTo(address);
            assertThat(other.take(1).address()).isNotEqualTo(address);
        }
    }

    @Test
    void aBlockThatIsLargerThanWhatIsKeptGoesBackAfterItsUse() {
        MemorySegment large;
        try (AnswerMemory.Lease lease = memory.lease(KEPT + 64)) {
            large = lease.take(KEPT + 64);
        }
        assertThat(large.scope().isAlive()).isFalse();
    }
}
