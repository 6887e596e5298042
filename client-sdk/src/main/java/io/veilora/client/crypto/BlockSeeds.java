package io.veilora.client.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One seed per block: {@code HMAC-SHA-512(K, context ‖ 32 fresh bytes ‖ SHA-256(integer plaintext))}, DESIGN §2.
 *
 * <p>{@code K} is drawn when the process starts and lives in memory only. The fresh bytes make equal plaintexts differ;
 * the plaintext's digest makes sure that even a rolled-back or forked machine with a repeating generator cannot let one
 * secret serve two plaintexts.
 */
final class BlockSeeds {
    static final int SEED_BYTES = 64;

    private static final int FRESH_BYTES = 32;

    private final SecureRandom random;
    private final SecretKeySpec processKey;

    BlockSeeds() {
        this(new SecureRandom());
    }

    /** For tests, whose subclass says {@code Insecure}: {@code random} may repeat itself. */
    BlockSeeds(SecureRandom random) {
        this.random = random;
        byte[] key = new byte[64];
        random.nextBytes(key);
        this.processKey = new SecretKeySpec(key, "HmacSHA512");
        Arrays.fill(key, (byte) 0);
    }

    /** The seed of a block; the caller wipes it after expansion. */
    byte[] next(byte[] context, byte[] plaintextDigest) {
        byte[] fresh = new byte[FRESH_BYTES];
        random.nextBytes(fresh);
        try {
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(processKey);
            mac.update(context);
            mac.update(fresh);
            return mac.doFinal(plaintextDigest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA512", e);
        }
    }

    @Override
    public String toString() {
        return "BlockSeeds[redacted]";
    }
}
