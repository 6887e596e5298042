package io.veilora.protocol.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in the forms the protocol needs: raw for headers, lower-case hexadecimal for manifests and events. */
public final class Sha256 {
    /** Bytes of a digest. */
    public static final int BYTES = 32;

    private static final ValueLayout.OfFloat LITTLE_ENDIAN_F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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

    /** Of the values as little-endian F32. */
    public static String hexOfFloats(float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Float.BYTES * values.length]);
        MemorySegment.copy(values, 0, bytes, LITTLE_ENDIAN_F32, 0, values.length);
        return hex(bytes);
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
