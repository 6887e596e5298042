package io.veilora.protocol.wire;

import io.veilora.protocol.vector.VectorApi;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * BLAKE3 with 256-bit output, collision resistant at 128 bits: the digest of what travels in every step, where SHA-256 cost
 * as much as half of the encryption. Chunks of 1024 bytes are the leaves of a binary tree, so vector lanes and cores share
 * them; every path gives the same bytes.
 */
public final class Blake3 {
    /** Bytes of a digest. */
    public static final int BYTES = 32;

    static final int BLOCK_BYTES = 64;
    static final int BLOCK_WORDS = 16;
    static final int CHUNK_BYTES = 1024;
    static final int CHUNK_WORDS = CHUNK_BYTES / 4;
    static final int CHUNK_BLOCKS = CHUNK_BYTES / BLOCK_BYTES;
    static final int CV_WORDS = 8;

    /** Chunks that one core takes at a time. */
    private static final int CHUNKS_A_RANGE = 512;

    /** Shorter messages would leave most lanes empty. */
    private static final long WORTH_LANES = 16 * CHUNK_BYTES;

    /**
     * What a process hashes one by one before it uses lanes: vector code in the interpreter would hold up a new server's first
     * step by a quarter of a second.
     */
    private static final long COLD_BYTES = 16 << 20;

    private static final AtomicLong HASHED_COLD = new AtomicLong();

    /** Makes several chaining values at once. */
    interface Compressor {
        /** How many at most. */
        int lanes();

        /**
         * The chaining values of {@code count} neighbouring whole chunks.
         *
         * @param words holds {@code lanes} chunks, the first ones are meant
         * @param out gets eight words a chunk, from {@code at} on
         */
        void chunks(int[] words, long firstChunk, int[] out, int at, int count);

        /**
         * The chaining values of {@code count} parents, none of them the root.
         *
         * @param nodes two children of eight words a parent, from {@code from} on; 16 words a lane are readable
         * @param out gets eight words a parent, from {@code at} on; may be {@code nodes}
         */
        void parents(int[] nodes, int from, int[] out, int at, int count);
    }

    private final MemorySegment[] parts;
    private final long length;
    private final int chunks;
    private final boolean inLanes;
    private final int[] nodes; // chaining values, eight words each, and slack for the lanes

    private Blake3(MemorySegment[] parts, boolean vectors) {
        this.parts = parts;
        this.length = Arrays.stream(parts).mapToLong(MemorySegment::byteSize).sum();
        this.chunks = Math.toIntExact(Math.max(1, (length + CHUNK_BYTES - 1) / CHUNK_BYTES));
        this.inLanes = vectors && length >= WORTH_LANES;
        int slack = BLOCK_WORDS * newCompressor().lanes();
        this.nodes = new int[Math.addExact(Math.multiplyExact(CV_WORDS, chunks), slack)];
    }

    /** The digest of all parts, one after another. */
    public static byte[] of(MemorySegment... parts) {
        return of(isWarm(parts) && VectorApi.isPresent(), parts);
    }

    private static boolean isWarm(MemorySegment... parts) {
        if (HASHED_COLD.get() >= COLD_BYTES) {
            return true;
        }
        for (MemorySegment part : parts) {
            HASHED_COLD.addAndGet(part.byteSize());
        }
        return false;
    }

    static byte[] of(boolean vectors, MemorySegment... parts) {
        Blake3 tree = new Blake3(parts, vectors);
        IntStream.range(0, (tree.chunks + CHUNKS_A_RANGE - 1) / CHUNKS_A_RANGE)
                .parallel()
                .forEach(range ->
                        tree.hashChunks(range * CHUNKS_A_RANGE, Math.min(tree.chunks, (range + 1) * CHUNKS_A_RANGE)));
        return tree.root();
    }

    private Compressor newCompressor() {
        return inLanes ? new Blake3Lanes() : new Blake3Compression.OneByOne();
    }

    private void hashChunks(int first, int end) {
        Compressor compressor = newCompressor();
        int[] words = new int[compressor.lanes() * CHUNK_WORDS];
        for (int chunk = first; chunk < end; chunk += compressor.lanes()) {
            int count = Math.min(compressor.lanes(), end - chunk);
            int bytes = (int) Math.min((long) count * CHUNK_BYTES, length - (long) chunk * CHUNK_BYTES);
            read((long) chunk * CHUNK_BYTES, bytes, words);
            int whole = chunk + count == chunks ? count - 1 : count; // the last one may be short, or the root
            if (whole > 0) {
                compressor.chunks(words, chunk, nodes, chunk * CV_WORDS, whole);
            }
            if (whole < count) {
                hashLast(words, whole * CHUNK_WORDS, bytes - whole * CHUNK_BYTES);
            }
        }
    }

    private void hashLast(int[] words, int from, int bytes) {
        int[] chain = Blake3Compression.IV.clone();
        int blocks = Math.max(1, (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
        MemorySegment.ofArray(words)
                .asSlice(4L * from + bytes, (long) blocks * BLOCK_BYTES - bytes)
                .fill((byte) 0);
        for (int block = 0; block < blocks; block++) {
            boolean last = block == blocks - 1;
            int flags = Blake3Compression.flags(block, last) | (last && chunks == 1 ? Blake3Compression.ROOT : 0);
            int size = Math.min(BLOCK_BYTES, bytes - block * BLOCK_BYTES);
            Blake3Compression.compress(chain, words, from + block * BLOCK_WORDS, chunks - 1, size, flags);
        }
        System.arraycopy(chain, 0, nodes, (chunks - 1) * CV_WORDS, CV_WORDS);
    }

    /** Bytes {@code offset … offset + bytes − 1} of the message as little-endian words. */
    private void read(long offset, int bytes, int[] words) {
        MemorySegment target = MemorySegment.ofArray(words);
        long skip = offset;
        long done = 0;
        for (MemorySegment part : parts) {
            long count = Math.clamp(part.byteSize() - skip, 0, bytes - done);
            if (count > 0) {
                MemorySegment.copy(part, skip, target, done, count);
                done += count;
            }
            skip = Math.max(0, skip - part.byteSize());
        }
        if (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
            Arrays.setAll(words, i -> Integer.reverseBytes(words[i]));
        }
    }

    /** Level by level: pairs of neighbours become their parents, an odd one goes up as it is. */
    private byte[] root() {
        Compressor compressor = newCompressor();
        int count = chunks;
        for (; count > 2; count = (count + 1) / 2) {
            int pairs = count / 2;
            for (int pair = 0; pair < pairs; pair += compressor.lanes()) {
                int here = Math.min(compressor.lanes(), pairs - pair);
                compressor.parents(nodes, pair * BLOCK_WORDS, nodes, pair * CV_WORDS, here);
            }
            if (count % 2 == 1) {
                System.arraycopy(nodes, (count - 1) * CV_WORDS, nodes, pairs * CV_WORDS, CV_WORDS);
            }
        }
        int[] chain = Arrays.copyOf(nodes, CV_WORDS);
        if (count == 2) {
            chain = Blake3Compression.IV.clone();
            int flags = Blake3Compression.PARENT | Blake3Compression.ROOT;
            Blake3Compression.compress(chain, nodes, 0, 0, BLOCK_BYTES, flags);
        }
        byte[] digest = new byte[BYTES];
        for (int i = 0; i < CV_WORDS; i++) {
            MemorySegment.ofArray(digest).set(EncryptedTensor.U32, 4L * i, chain[i]);
        }
        return digest;
    }
}
