package io.veilora.client.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A secretly keyed universal hash of integers, NH (Black, Halevi, Krawczyk, Krovetz, Rogaway, "UMAC", CRYPTO 1999):
 * {@code Σ_p (m_p + k_p mod 2^32)·(m'_p + k'_p mod 2^32) mod 2^64} over the pairs {@code p} of a message, five times with
 * keys that are shifted against each other (Toeplitz). Two different messages of one length have equal hashes with
 * probability at most {@code 2^-160} over the key. Not collision resistant for who knows the key or sees a hash: hashes
 * only ever go into the HMAC of {@link BlockSeeds}.
 *
 * <p>Safe for concurrent use.
 */
final class PlaintextHash {
    static final int COPIES = 5;

    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int LANES = LONGS.length();

    /** Integers that meet in one vector of pairs: {@code LANES} first ones, then their partners. */
    static final int STEP = 2 * LANES;

    private static final long LOW = 0xFFFF_FFFFL;
    private static final int KEY_GROWTH = 1 << 12;

    private final SecretKeySpec keySeed;
    private volatile long[] key = new long[0]; // 32 bits of each word count

    /** @param keySeed 32 secret bytes, copied */
    PlaintextHash(byte[] keySeed) {
        this.keySeed = new SecretKeySpec(keySeed, "AES");
    }

    /** Key for messages of {@code steps·STEP} integers: AES-256-CTR, whose first words do not depend on the length. */
    long[] key(int steps) {
        int words = (steps + COPIES - 1) * STEP;
        if (key.length < words) {
            extend(words);
        }
        return key;
    }

    private synchronized void extend(int words) {
        if (key.length >= words) {
            return;
        }
        int length = (words + KEY_GROWTH - 1) / KEY_GROWTH * KEY_GROWTH;
        try {
            Cipher stream = Cipher.getInstance("AES/CTR/NoPadding");
            stream.init(Cipher.ENCRYPT_MODE, keySeed, new IvParameterSpec(new byte[16]));
            byte[] bytes = stream.update(new byte[8 * length]);
            long[] longer = new long[length];
            ByteBuffer.wrap(bytes).asLongBuffer().get(longer);
            Arrays.fill(bytes, (byte) 0);
            key = longer;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks AES/CTR/NoPadding", e);
        }
    }

    /** Vectors of pairs that a row of {@code count} integers takes. */
    static int steps(int count) {
        return (count + STEP - 1) / STEP;
    }

    /**
     * Adds the first {@code count} integers of a row, and zeros up to whole steps, to a message's sums.
     *
     * @param step of the message's key where the row begins
     * @param sums (COPIES, LANES); a hash is the sum of each copy's lanes
     */
    static void add(QuantizedRow row, int count, long[] key, int step, long[] sums) {
        int whole = count / STEP * STEP;
        addWhole(row, whole, key, step, sums);
        if (whole < count) {
            addWhole(row.padded(whole, count - whole, STEP), STEP, key, step + whole / STEP, sums);
        }
    }

    /** The lower half of a lane with a rounded double is its integer modulo 2^32. In one piece on purpose, see CONTRIBUTING. */
    private static void addWhole(QuantizedRow row, int count, long[] key, int step, long[] sums) {
        float[] x = row.x();
        float[] c = row.featureScales();
        double scale = row.scale();
        int from = row.from();
        int at = step * STEP;
        LongVector sum0 = LongVector.fromArray(LONGS, sums, 0);
        LongVector sum1 = LongVector.fromArray(LONGS, sums, LANES);
        LongVector sum2 = LongVector.fromArray(LONGS, sums, 2 * LANES);
        LongVector sum3 = LongVector.fromArray(LONGS, sums, 3 * LANES);
        LongVector sum4 = LongVector.fromArray(LONGS, sums, 4 * LANES);
        for (int j = 0; j < count; j += STEP, at += STEP) {
            DoubleVector left = IntLanes.toDoubles(x, from + j);
            DoubleVector right = IntLanes.toDoubles(x, from + j + LANES);
            if (c != null) {
                left = left.mul(IntLanes.toDoubles(c, j));
                right = right.mul(IntLanes.toDoubles(c, j + LANES));
            }
            LongVector m = left.mul(scale).add(IntLanes.ROUNDER).reinterpretAsLongs();
            LongVector n = right.mul(scale).add(IntLanes.ROUNDER).reinterpretAsLongs();
            LongVector first = m.add(LongVector.fromArray(LONGS, key, at));
            LongVector second = n.add(LongVector.fromArray(LONGS, key, at + LANES));
            sum0 = sum0.add(first.and(LOW).mul(second.and(LOW)));
            first = m.add(LongVector.fromArray(LONGS, key, at + STEP));
            second = n.add(LongVector.fromArray(LONGS, key, at + STEP + LANES));
            sum1 = sum1.add(first.and(LOW).mul(second.and(LOW)));
            first = m.add(LongVector.fromArray(LONGS, key, at + 2 * STEP));
            second = n.add(LongVector.fromArray(LONGS, key, at + 2 * STEP + LANES));
            sum2 = sum2.add(first.and(LOW).mul(second.and(LOW)));
            first = m.add(LongVector.fromArray(LONGS, key, at + 3 * STEP));
            second = n.add(LongVector.fromArray(LONGS, key, at + 3 * STEP + LANES));
            sum3 = sum3.add(first.and(LOW).mul(second.and(LOW)));
            first = m.add(LongVector.fromArray(LONGS, key, at + 4 * STEP));
            second = n.add(LongVector.fromArray(LONGS, key, at + 4 * STEP + LANES));
            sum4 = sum4.add(first.and(LOW).mul(second.and(LOW)));
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, LANES);
        sum2.intoArray(sums, 2 * LANES);
        sum3.intoArray(sums, 3 * LANES);
        sum4.intoArray(sums, 4 * LANES);
    }

    @Override
    public String toString() {
        return "PlaintextHash[redacted]";
    }
}
