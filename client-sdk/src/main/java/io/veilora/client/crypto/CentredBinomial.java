package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * A stream of CBD(21) samples, {@code popcount(21 bits) − popcount(21 bits)}, from AES-256-CTR under a block's seed: 64
 * bits of key stream a sample, 42 of them used. Constant time: no branch and no index depends on a sample.
 *
 * <p>Closing wipes the key-stream buffer. Not safe for concurrent use.
 */
final class CentredBinomial implements AutoCloseable {
    private static final long COINS = (1L << LatticeParameters.CBD_COINS) - 1;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = LONGS.length();
    private static final int SAMPLES_A_BUFFER = 4096;
    private static final byte[] ZEROS = new byte[8 * SAMPLES_A_BUFFER];

    private final Cipher keyStream;
    private final byte[] buffer = new byte[ZEROS.length];
    private final LongBuffer bufferAsLongs =
            ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    private final long[] words = new long[SAMPLES_A_BUFFER];

    /** @param seed 64 bytes: AES key, then counter block; the rest is unused. Wiped by the caller. */
    CentredBinomial(byte[] seed) {
        try {
            keyStream = Cipher.getInstance("AES/CTR/NoPadding");
            keyStream.init(
                    Cipher.ENCRYPT_MODE, new SecretKeySpec(seed, 0, 32, "AES"), new IvParameterSpec(seed, 32, 16));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks AES/CTR/NoPadding", e);
        }
    }

    /** Adds one sample to each of {@code target[from … from + count − 1]}. */
    void addTo(int[] target, int from, int count) {
        for (int done = 0; done < count; done += SAMPLES_A_BUFFER) {
            addBuffer(target, from + done, Math.min(SAMPLES_A_BUFFER, count - done));
        }
    }

    private void addBuffer(int[] target, int from, int count) {
        try {
            keyStream.update(ZEROS, 0, 8 * count, buffer);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CTR failed", e);
        }
        bufferAsLongs.get(0, words, 0, count);
        for (int at = 0; at < count; at += LANES) {
            LongVector word = LongVector.fromArray(LONGS, words, at);
            LongVector heads = word.and(COINS).lanewise(VectorOperators.BIT_COUNT);
            LongVector tails = word.lanewise(VectorOperators.LSHR, LatticeParameters.CBD_COINS)
                    .and(COINS)
                    .lanewise(VectorOperators.BIT_COUNT);
            IntVector sample = (IntVector) heads.sub(tails).convertShape(VectorOperators.L2I, IntLanes.SPECIES, 0);
            var live = IntLanes.tailMask(at, count);
            IntLanes.store(IntLanes.load(target, from + at, live).add(sample), target, from + at, live);
        }
    }

    @Override
    public void close() {
        Arrays.fill(buffer, (byte) 0);
        Arrays.fill(words, 0);
    }

    @Override
    public String toString() {
        return "CentredBinomial[redacted]";
    }
}
