package io.veilora.protocol.wire;

/**
 * BLAKE3's compression function and flags as its paper gives them (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one
 * function, fast everywhere", 2020, section 2), one block at a time: obviously right, and where the Vector API is missing.
 */
final class Blake3Compression {
    static final int ROUNDS = 7;
    static final int CHUNK_START = 1;
    static final int CHUNK_END = 2;
    static final int PARENT = 4;
    static final int ROOT = 8;

    /** The fractions of the square roots of the first eight primes, as in SHA-256. */
    static final int[] IV = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19
    };

    private static final int[] PERMUTATION = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    private static final int[][] WORDS = words();

    private Blake3Compression() {}

    /** Flags of a block of a chunk that is not the root. */
    static int flags(int block, boolean last) {
        return (block == 0 ? CHUNK_START : 0) | (last ? CHUNK_END : 0);
    }

    /** Which word of the message a round uses at place {@code i}. */
    static int word(int round, int i) {
        return WORDS[round][i];
    }

    private static int[][] words() {
        int[][] words = new int[ROUNDS][PERMUTATION.length];
        for (int i = 0; i < PERMUTATION.length; i++) {
            words[0][i] = i;
        }
        for (int round = 1; round < ROUNDS; round++) {
            for (int i = 0; i < PERMUTATION.length; i++) {
                words[round][i] = words[round - 1][PERMUTATION[i]];
            }
        }
        return words;
    }

    /**
     * Replaces a chaining value by that after one block.
     *
     * @param chain holds eight words from {@code at} on
     * @param message holds the block's 16 words from {@code from} on
     * @param blockBytes bytes of the block that are message, the others are 0
     */
    static void compress(int[] chain, int[] message, int from, long counter, int blockBytes, int flags) {
        int[] v = new int[16];
        System.arraycopy(chain, 0, v, 0, 8);
        System.arraycopy(IV, 0, v, 8, 4);
        v[12] = (int) counter;
        v[13] = (int) (counter >>> 32);
        v[14] = blockBytes;
        v[15] = flags;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < 8; i++) {
                mix(v, i, message[from + WORDS[round][2 * i]], message[from + WORDS[round][2 * i + 1]]);
            }
        }
        for (int i = 0; i < 8; i++) {
            chain[i] = v[i] ^ v[i + 8];
        }
    }

    /** The function G: on a column for {@code i < 4}, on a diagonal after that. */
    private static void mix(int[] v, int i, int x, int y) {
        int shift = i / 4;
        int a = i % 4;
        int b = 4 + (i + shift) % 4;
        int c = 8 + (i + 2 * shift) % 4;
        int d = 12 + (i + 3 * shift) % 4;
        v[a] += v[b] + x;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 7);
    }

    /** One chaining value at a time. */
    static final class OneByOne implements Blake3.Compressor {
        @Override
        public int lanes() {
            return 1;
        }

        @Override
        public void chunks(int[] words, long firstChunk, int[] out, int at, int count) {
            int[] chain = IV.clone();
            for (int block = 0; block < Blake3.CHUNK_BLOCKS; block++) {
                int flags = flags(block, block == Blake3.CHUNK_BLOCKS - 1);
                compress(chain, words, block * Blake3.BLOCK_WORDS, firstChunk, Blake3.BLOCK_BYTES, flags);
            }
            System.arraycopy(chain, 0, out, at, chain.length);
        }

        @Override
        public void parents(int[] nodes, int from, int[] out, int at, int count) {
            int[] chain = IV.clone();
            compress(chain, nodes, from, 0, Blake3.BLOCK_BYTES, PARENT);
            System.arraycopy(chain, 0, out, at, chain.length);
        }
    }
}
