package io.veilora.protocol.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in the forms the protocol needs: raw for headers, lower-case hexadecimal for manifests and events. */
public final class Sha256 {
    /** Bytes of a digest. */
    public static final int BYTES = 32;

    private Sha256() {}

    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }

    public static byte[] of(byte[] bytes) {
        return newDigest().digest(bytes);
    }

    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(of(bytes));
    }

    /** Feeds a segment of any size and kind to {@code digest}. */
    public static void update(MessageDigest digest, MemorySegment bytes) {
        long limit = 1L << 30;
        for (long offset = 0; offset < bytes.byteSize(); offset += limit) {
            digest.update(bytes.asSlice(offset, Math.min(limit, bytes.byteSize() - offset))
                    .asByteBuffer());
        }
    }

    public static byte[] of(MemorySegment bytes) {
        MessageDigest digest = newDigest();
        update(digest, bytes);
        return digest.digest();
    }

    public static String hex(MemorySegment bytes) {
        return HexFormat.of().formatHex(of(bytes));
    }

    public static String hex(Path file) {
        MessageDigest digest = newDigest();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
