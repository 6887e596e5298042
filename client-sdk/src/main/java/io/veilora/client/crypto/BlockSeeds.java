package io.veilora.client.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One seed per block: {@code HMAC-SHA-512(K, context ‖ 32 fresh bytes ‖ hash of the integer plaintext ‖ length of the
 * context)}, DESIGN §2.
 *
 * <p>{@code K} is drawn when the process starts and lives in memory only. The fresh bytes make equal plaintexts differ;
 * the plaintext's hash makes sure that even a rolled-back or forked machine with a repeating generator cannot let one
 * secret serve two plaintexts. The hash is universal, under a key that comes from {@code K}: see {@link PlaintextHash}.
 */
final class BlockSeeds {
    static final int SEED_BYTES = 64;

    private static final int FRESH_BYTES = 32;

    private final SecureRandom random;
    private final SecretKeySpec processKey;
    private final PlaintextHash hash;

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
        byte[] hashKey = mac("veilora/plaintext-hash/v1".getBytes(StandardCharsets.US_ASCII));
        this.hash = new PlaintextHash(Arrays.copyOf(hashKey, 32));
        Arrays.fill(hashKey, (byte) 0);
    }

    PlaintextHash hash() {
        return hash;
    }

    /**
     * The seed of a block; the caller wipes it after expansion.
     *
     * @param plaintextHash by {@link #hash}, of a length that the context determines
     */
    byte[] next(byte[] context, byte[] plaintextHash) {
        byte[] fresh = new byte[FRESH_BYTES];
        random.nextBytes(fresh);
        byte[] length = ByteBuffer.allocate(4).putInt(context.length).array();
        return mac(context, fresh, plaintextHash, length);
    }

    private byte[] mac(byte[]... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(processKey);
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA512", e);
        }
    }

    @Override
    public String toString() {
        return "BlockSeeds[redacted]";
    }
}
