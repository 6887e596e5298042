package io.veilora.protocol.wire;

import static io.veilora.protocol.wire.Blake3.BLOCK_WORDS;
import static io.veilora.protocol.wire.Blake3.CV_WORDS;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * BLAKE3's compression of several blocks at once, one a vector lane: chunks side by side, then parents side by side. Only
 * {@link Blake3} uses it, where the Vector API is there; equal to {@link Blake3Compression} bit for bit.
 *
 * <p>For one thread.
 */
final class Blake3Lanes implements Blake3.Compressor {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int[] SCHEDULE = schedule();

    private static final int[] SELECT_LOW = selection(false);
    private static final int[] SELECT_HIGH = selection(true);

    private final int[] message = new int[BLOCK_WORDS * LANES]; // (word, lane)
    private final int[] chain = new int[CV_WORDS * LANES]; // (word, lane)

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void chunks(int[] words, long firstChunk, int[] out, int at, int count) {
        for (int i = 0; i < CV_WORDS; i++) {
            IntVector.broadcast(SPECIES, Blake3Compression.IV[i]).intoArray(chain, i * LANES);
        }
        for (int block = 0; block < Blake3.CHUNK_BLOCKS; block++) {
            transpose(words, block * BLOCK_WORDS, Blake3.CHUNK_WORDS, message);
            int flags = Blake3Compression.flags(block, block == Blake3.CHUNK_BLOCKS - 1);
            compress(message, chain, (int) firstChunk, flags);
        }
        store(out, at, count);
    }

    @Override
    public void parents(int[] nodes, int from, int[] out, int at, int count) {
        for (int i = 0; i < CV_WORDS; i++) {
            IntVector.broadcast(SPECIES, Blake3Compression.IV[i]).intoArray(chain, i * LANES);
        }
        transpose(nodes, from, BLOCK_WORDS, message);
        compress(message, chain, -1, Blake3Compression.PARENT);
        store(out, at, count);
    }

    private void store(int[] out, int at, int count) {
        for (int lane = 0; lane < count; lane++) {
            for (int i = 0; i < CV_WORDS; i++) {
                out[at + lane * CV_WORDS + i] = chain[i * LANES + lane];
            }
        }
    }

    /** Word {@code w} of the block of lane {@code l}, at {@code from + l·stride + w}, to {@code out[w·LANES + l]}. */
    private static void transpose(int[] words, int from, int stride, int[] out) {
        for (int part = 0; part < BLOCK_WORDS; part += LANES) {
            int at = part * LANES;
            swapTwice(words, from + part, stride, out, at, LANES / 2);
            int h = LANES / 8;
            for (; h > 1; h /= 4) {
                swapTwice(out, at, LANES, out, at, h);
            }
            if (h == 1) {
                swapNeighbours(out, at);
            }
        }
    }

    /** Two stages of a transposition: rows change places with those {@code h} further, then {@code h/2}. */
    private static void swapTwice(int[] in, int from, int stride, int[] out, int at, int h) {
        IntVector low = IntVector.fromArray(SPECIES, SELECT_LOW, h * LANES);
        IntVector high = IntVector.fromArray(SPECIES, SELECT_HIGH, h * LANES);
        int half = h / 2;
        IntVector lower = IntVector.fromArray(SPECIES, SELECT_LOW, half * LANES);
        IntVector higher = IntVector.fromArray(SPECIES, SELECT_HIGH, half * LANES);
        for (int first = 0; first < LANES; first += 2 * h) {
            for (int row = first; row < first + half; row++) {
                int source = from + row * stride;
                IntVector a = IntVector.fromArray(SPECIES, in, source);
                IntVector b = IntVector.fromArray(SPECIES, in, source + half * stride);
                IntVector c = IntVector.fromArray(SPECIES, in, source + h * stride);
                IntVector d = IntVector.fromArray(SPECIES, in, source + (h + half) * stride);
                IntVector ac = low.selectFrom(a, c);
                IntVector bd = low.selectFrom(b, d);
                IntVector ca = high.selectFrom(a, c);
                IntVector db = high.selectFrom(b, d);
                int target = at + row * LANES;
                lower.selectFrom(ac, bd).intoArray(out, target);
                higher.selectFrom(ac, bd).intoArray(out, target + half * LANES);
                lower.selectFrom(ca, db).intoArray(out, target + h * LANES);
                higher.selectFrom(ca, db).intoArray(out, target + (h + half) * LANES);
            }
        }
    }

    private static void swapNeighbours(int[] rows, int at) {
        IntVector low = IntVector.fromArray(SPECIES, SELECT_LOW, LANES);
        IntVector high = IntVector.fromArray(SPECIES, SELECT_HIGH, LANES);
        for (int row = at; row < at + LANES * LANES; row += 2 * LANES) {
            IntVector a = IntVector.fromArray(SPECIES, rows, row);
            IntVector b = IntVector.fromArray(SPECIES, rows, row + LANES);
            low.selectFrom(a, b).intoArray(rows, row);
            high.selectFrom(a, b).intoArray(rows, row + LANES);
        }
    }

    /**
     * Lanes that the first or second of two rows gets from both when it changes halves with the row {@code h} further, at
     * {@code h·LANES}.
     */
    private static int[] selection(boolean second) {
        int[] lanes = new int[(LANES / 2 + 1) * LANES];
        for (int h = 1; h <= LANES / 2; h *= 2) {
            for (int lane = 0; lane < LANES; lane++) {
                boolean fromSecond = (lane & h) != 0;
                int kept = fromSecond ? LANES + lane : lane;
                lanes[h * LANES + lane] = fromSecond == second ? kept : fromSecond ? kept - h : kept + h;
            }
        }
        return lanes;
    }

    /** Where in the message the 16 words of each round stand, as offsets of vectors. */
    private static int[] schedule() {
        int[] schedule = new int[Blake3Compression.ROUNDS * BLOCK_WORDS];
        for (int round = 0; round < Blake3Compression.ROUNDS; round++) {
            for (int i = 0; i < BLOCK_WORDS; i++) {
                schedule[round * BLOCK_WORDS + i] = LANES * Blake3Compression.word(round, i);
            }
        }
        return schedule;
    }

    /**
     * One block a lane. In one piece on purpose, as the transforms of the client's cipher are: see CONTRIBUTING. The rounds wait
     * for their own results, so words of the message are added before what comes last.
     *
     * @param counter of lane 0, the others count on; −1 if all are 0
     */
    private static void compress(int[] message, int[] chain, int counter, int flags) {
        IntVector v0 = IntVector.fromArray(SPECIES, chain, 0);
        IntVector v1 = IntVector.fromArray(SPECIES, chain, LANES);
        IntVector v2 = IntVector.fromArray(SPECIES, chain, 2 * LANES);
        IntVector v3 = IntVector.fromArray(SPECIES, chain, 3 * LANES);
        IntVector v4 = IntVector.fromArray(SPECIES, chain, 4 * LANES);
        IntVector v5 = IntVector.fromArray(SPECIES, chain, 5 * LANES);
        IntVector v6 = IntVector.fromArray(SPECIES, chain, 6 * LANES);
        IntVector v7 = IntVector.fromArray(SPECIES, chain, 7 * LANES);
        IntVector v8 = IntVector.broadcast(SPECIES, Blake3Compression.IV[0]);
        IntVector v9 = IntVector.broadcast(SPECIES, Blake3Compression.IV[1]);
        IntVector v10 = IntVector.broadcast(SPECIES, Blake3Compression.IV[2]);
        IntVector v11 = IntVector.broadcast(SPECIES, Blake3Compression.IV[3]);
        IntVector v12 = IntVector.broadcast(SPECIES, Math.max(counter, 0));
        if (counter >= 0) {
            v12 = v12.addIndex(1);
        }
        IntVector v13 = IntVector.zero(SPECIES);
        IntVector v14 = IntVector.broadcast(SPECIES, Blake3.BLOCK_BYTES);
        IntVector v15 = IntVector.broadcast(SPECIES, flags);
        for (int s = 0; s < SCHEDULE.length; s += BLOCK_WORDS) {
            v0 = v0.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s])).add(v4);
            v1 = v1.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 2])).add(v5);
            v2 = v2.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 4])).add(v6);
            v3 = v3.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 6])).add(v7);
            v12 = v12.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 16);
            v13 = v13.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 16);
            v14 = v14.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 16);
            v15 = v15.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 16);
            v8 = v8.add(v12);
            v9 = v9.add(v13);
            v10 = v10.add(v14);
            v11 = v11.add(v15);
            v4 = v4.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 12);
            v5 = v5.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 12);
            v6 = v6.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 12);
            v7 = v7.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 12);
            v0 = v0.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 1])).add(v4);
            v1 = v1.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 3])).add(v5);
            v2 = v2.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 5])).add(v6);
            v3 = v3.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 7])).add(v7);
            v12 = v12.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 8);
            v13 = v13.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 8);
            v14 = v14.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 8);
            v15 = v15.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 8);
            v8 = v8.add(v12);
            v9 = v9.add(v13);
            v10 = v10.add(v14);
            v11 = v11.add(v15);
            v4 = v4.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 7);
            v5 = v5.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 7);
            v6 = v6.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 7);
            v7 = v7.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 7);
            v0 = v0.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 8])).add(v5);
            v1 = v1.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 10])).add(v6);
            v2 = v2.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 12])).add(v7);
            v3 = v3.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 14])).add(v4);
            v15 = v15.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 16);
            v12 = v12.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 16);
            v13 = v13.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 16);
            v14 = v14.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 16);
            v10 = v10.add(v15);
            v11 = v11.add(v12);
            v8 = v8.add(v13);
            v9 = v9.add(v14);
            v5 = v5.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 12);
            v6 = v6.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 12);
            v7 = v7.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 12);
            v4 = v4.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 12);
            v0 = v0.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 9])).add(v5);
            v1 = v1.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 11])).add(v6);
            v2 = v2.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 13])).add(v7);
            v3 = v3.add(IntVector.fromArray(SPECIES, message, SCHEDULE[s + 15])).add(v4);
            v15 = v15.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 8);
            v12 = v12.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 8);
            v13 = v13.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 8);
            v14 = v14.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 8);
            v10 = v10.add(v15);
            v11 = v11.add(v12);
            v8 = v8.add(v13);
            v9 = v9.add(v14);
            v5 = v5.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 7);
            v6 = v6.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 7);
            v7 = v7.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 7);
            v4 = v4.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 7);
        }
        v0.lanewise(VectorOperators.XOR, v8).intoArray(chain, 0);
        v1.lanewise(VectorOperators.XOR, v9).intoArray(chain, LANES);
        v2.lanewise(VectorOperators.XOR, v10).intoArray(chain, 2 * LANES);
        v3.lanewise(VectorOperators.XOR, v11).intoArray(chain, 3 * LANES);
        v4.lanewise(VectorOperators.XOR, v12).intoArray(chain, 4 * LANES);
        v5.lanewise(VectorOperators.XOR, v13).intoArray(chain, 5 * LANES);
        v6.lanewise(VectorOperators.XOR, v14).intoArray(chain, 6 * LANES);
        v7.lanewise(VectorOperators.XOR, v15).intoArray(chain, 7 * LANES);
    }
}
