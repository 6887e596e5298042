package io.veilora.functions.step;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where the answers of a group are computed: native memory that the next group uses again. A new array of that size would
 * be zeroed first, collected afterwards, and copied once more on its way into a file.
 *
 * <p>It holds the last answers until they are overwritten, whoever's they are: a GEMM writes every byte of an answer, and
 * only whole ones are stored. For any number of threads; the memory in reserve goes with the process.
 */
final class AnswerMemory {
    /** A vector register's, and a cache line. */
    private static final long ALIGNMENT = 64;

    private record Block(Arena arena, MemorySegment memory) {
        static Block of(long bytes) {
            Arena arena = Arena.ofShared();
            try {
                return new Block(arena, arena.allocate(bytes, ALIGNMENT));
            } catch (RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }
    }

    /** One group's memory, until it is closed. For one thread, but everybody can reach the segments. */
    final class Lease implements AutoCloseable {
        private final Block block;
        private long taken;

        private Lease(Block block) {
            this.block = block;
        }

        /** The next {@code bytes}, with any content. */
        MemorySegment take(long bytes) {
            MemorySegment piece = block.memory.asSlice(taken, bytes);
            taken += rounded(bytes);
            return piece;
        }

        @Override
        public void close() {
            release(block);
        }
    }

    private final long keptBytes;
    private final AtomicReference<Block> reserve = new AtomicReference<>();

    /** @param keptBytes a larger block goes back to the system after its use */
    AnswerMemory(long keptBytes) {
        this.keptBytes = keptBytes;
    }

    /** What {@code bytes} take of a lease. */
    static long rounded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** @param bytes the sum of what will be taken, each {@linkplain #rounded rounded} */
    Lease lease(long bytes) {
        Block block = reserve.getAndSet(null);
        if (block == null || block.memory.byteSize() < bytes) {
            if (block != null) {
                block.arena.close();
            }
            block = Block.of(bytes);
        }
        return new Lease(block);
    }

    private void release(Block block) {
        if (block.memory.byteSize() > keptBytes || !reserve.compareAndSet(null, block)) {
            block.arena.close();
        }
    }
}
