package io.veilora.functions.gateway;

import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/** The key of the one tenant of a provider that nobody configured: made at the first start, readable by its owner. */
public final class ApiKeyFile {
    /** The tenant of the generated key. */
    public static final String TENANT = "local";

    private static final String NAME = "api-key";
    private static final int KEY_BYTES = 32;

    private ApiKeyFile() {}

    public static Path path(Path data) {
        return data.resolve(NAME);
    }

    /** Makes the key if it is not there. @return SHA-256 of the key, hexadecimal */
    public static String digest(Path data) throws IOException {
        Path file = path(data);
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        String key = "vk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Set<StandardOpenOption> create = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.createDirectories(data);
        try (SeekableByteChannel channel = Files.newByteChannel(file, create, ownerOnly(data))) {
            Channels.newOutputStream(channel).write((key + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (FileAlreadyExistsException e) {
            key = Files.readString(file).strip();
        }
        return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
    }

    private static FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
        if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return new FileAttribute<?>[0];
        }
        Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-------");
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
}
