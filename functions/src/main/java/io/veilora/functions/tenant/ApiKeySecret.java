package io.veilora.functions.tenant;

import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The secret of an API key: {@code vk_}, 256 random bits in 43 characters, and their CRC-32 in 8 hexadecimal ones. The
 * prefix and the sum let secret scanners find lost keys without false alarms, and let a gateway refuse what is none
 * without asking the database.
 */
public record ApiKeySecret(String text) {
    /** The form, for secret scanners too. */
    public static final Pattern FORM = Pattern.compile("vk_([A-Za-z0-9_-]{43})([0-9a-f]{8})");

    private static final int RANDOM_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new one. */
    public static ApiKeySecret make() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        String body = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        return new ApiKeySecret("vk_" + body + sum(body));
    }

    /** Whether it can be a secret that {@link #make} made. */
    static boolean isWellFormed(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches() && sum(form.group(1)).equals(form.group(2));
    }

    /** SHA-256, hexadecimal: all that is kept. */
    String digest() {
        return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sum(String body) {
        CRC32 sum = new CRC32();
        sum.update(body.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "ApiKeySecret[...]";
    }
}
