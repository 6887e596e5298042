package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Streams of CBD(21) samples, {@code popcount(21 bits) − popcount(21 bits)}, from AES-256-CTR under a block's seed. A
 * complement of uniform bits is uniform, so this is {@code popcount(42 bits) − 21}, of which every 256 bytes of key stream
 * give 48: 48 words with 32 bits of one sample each, then 16 words with 10 more bits of three samples each. Constant time:
 * no branch and no index depends on a sample.
 *
 * <p>Closing wipes it. Not safe for concurrent use.
 */
final class CentredBinomial implements AutoCloseable {
    /** The stream of the secret; those of the errors have the numbers from 1 on. */
    static final int SECRET = 0;

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();
    private static final int THIRD = 16; // words that share their last bits
    private static final int UNIT_SAMPLES = 3 * THIRD;
    private static final int UNIT_BYTES = 4 * 4 * THIRD;
    private static final int MORE_BITS = 2 * LatticeParameters.CBD_COINS - Integer.SIZE;
    private static final int UNITS_A_BUFFER = 64;
    private static final byte[] ZEROS = new byte[UNITS_A_BUFFER * UNIT_BYTES];

    private static final Seed NO_SEED = Seed.of(new byte[BlockSeeds.SEED_BYTES]);

    private final Cipher keyStream;
    private final byte[] buffer = new byte[ZEROS.length];

    /** What the streams of one block begin with: AES key and the first half of the counter block. */
    record Seed(SecretKeySpec key, long counter) {
        /** @param bytes the {@link BlockSeeds#SEED_BYTES} of a block, of which 40 are used; wiped by the caller */
        static Seed of(byte[] bytes) {
            return new Seed(
                    new SecretKeySpec(bytes, 0, 32, "AES"),
                    ByteBuffer.wrap(bytes).getLong(32));
        }

        @Override
        public String toString() {
            return "CentredBinomial.Seed[redacted]";
        }
    }

    CentredBinomial() {
        try {
            keyStream = Cipher.getInstance("AES/CTR/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks AES/CTR/NoPadding", e);
        }
    }

    /** {@code count} rounded up to whole units of key stream. */
    static int length(int count) {
        return (count + UNIT_SAMPLES - 1) / UNIT_SAMPLES * UNIT_SAMPLES;
    }

    /**
     * Writes the first {@link #length length(count)} samples of a stream. Streams differ in four bytes of the counter block;
     * the last four count.
     */
    void fill(Seed seed, int stream, int[] target, int count) {
        start(seed, stream);
        try {
            int units = length(count) / UNIT_SAMPLES;
            for (int done = 0; done < units; done += UNITS_A_BUFFER) {
                int here = Math.min(UNITS_A_BUFFER, units - done);
                keyStream.update(ZEROS, 0, here * UNIT_BYTES, buffer);
                count(buffer, here, target, done * UNIT_SAMPLES);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CTR failed", e);
        }
    }

    private void start(Seed seed, int stream) {
        byte[] counter =
                ByteBuffer.allocate(16).putLong(seed.counter()).putInt(stream).array();
        try {
            keyStream.init(Cipher.ENCRYPT_MODE, seed.key(), new IvParameterSpec(counter));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CTR failed", e);
        }
    }

    private static void count(byte[] keyStream, int units, int[] samples, int first) {
        for (int unit = 0; unit < units; unit++) {
            for (int lane = 0; lane < THIRD; lane += LANES) {
                int at = unit * UNIT_BYTES + 4 * lane;
                int to = first + unit * UNIT_SAMPLES + lane;
                IntVector more = load(keyStream, at + 4 * UNIT_SAMPLES);
                load(keyStream, at)
                        .lanewise(VectorOperators.BIT_COUNT)
                        .add(countLowBits(more))
                        .intoArray(samples, to);
                load(keyStream, at + 4 * THIRD)
                        .lanewise(VectorOperators.BIT_COUNT)
                        .add(countLowBits(more.lanewise(VectorOperators.LSHR, MORE_BITS)))
                        .intoArray(samples, to + THIRD);
                load(keyStream, at + 8 * THIRD)
                        .lanewise(VectorOperators.BIT_COUNT)
                        .add(countLowBits(more.lanewise(VectorOperators.LSHR, 2 * MORE_BITS)))
                        .intoArray(samples, to + 2 * THIRD);
            }
        }
    }

    private static IntVector load(byte[] bytes, int at) {
        return ByteVector.fromArray(BYTES, bytes, at).reinterpretAsInts();
    }

    private static IntVector countLowBits(IntVector words) {
        return words.and((1 << MORE_BITS) - 1)
                .lanewise(VectorOperators.BIT_COUNT)
                .sub(LatticeParameters.CBD_COINS);
    }

    /** Leaves neither key nor key stream; may be used again. */
    @Override
    public void close() {
        Arrays.fill(buffer, (byte) 0);
        start(NO_SEED, 0);
    }

    @Override
    public String toString() {
        return "CentredBinomial[redacted]";
    }
}
